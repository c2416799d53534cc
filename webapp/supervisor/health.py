"""Whether a part answers. A probe is data, so that another terminal can ask as well."""

from dataclasses import dataclass
from enum import StrEnum

import httpx
import psycopg
import redis

TIMEOUT_SECONDS = 2


class Kind(StrEnum):
    ALIVE = "alive"
    """The process lives; it has no address to ask at."""
    HTTP = "http"
    POSTGRES = "postgres"
    VALKEY = "valkey"


@dataclass(frozen=True)
class Probe:
    kind: Kind
    address: str = ""

    def problem(self) -> str | None:
        """Why the part does not answer; `None` when it does."""
        match self.kind:
            case Kind.ALIVE:
                return None
            case Kind.HTTP:
                return _http_problem(self.address)
            case Kind.POSTGRES:
                return _postgres_problem(self.address)
            case Kind.VALKEY:
                return _valkey_problem(self.address)


ALIVE = Probe(Kind.ALIVE)


def _http_problem(address: str) -> str | None:
    """A refusal (4xx) is an answer too: the server is there and knows its mind."""
    try:
        status = httpx.get(
            address, timeout=TIMEOUT_SECONDS, trust_env=False
        ).status_code
    except httpx.HTTPError as problem:
        return f"no answer at {address}: {problem}"
    return f"HTTP {status} at {address}" if status >= 500 else None


def _postgres_problem(address: str) -> str | None:
    try:
        psycopg.connect(address, connect_timeout=TIMEOUT_SECONDS).close()
    except psycopg.OperationalError as problem:
        return str(problem).strip().splitlines()[-1]
    return None


def _valkey_problem(address: str) -> str | None:
    try:
        with redis.Redis.from_url(address, socket_timeout=TIMEOUT_SECONDS) as client:
            client.ping()
    except redis.RedisError as problem:
        return str(problem)
    return None
