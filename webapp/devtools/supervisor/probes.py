"""Whether a part answers. A probe is data, so that another terminal can ask as well."""

import socket
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import psycopg

TIMEOUT_SECONDS = 2


class ProbeKind(StrEnum):
    ALIVE = "alive"
    """The process lives; it has no address to ask at."""
    HTTP = "http"
    POSTGRES = "postgres"
    VALKEY = "valkey"


@dataclass(frozen=True)
class Probe:
    kind: ProbeKind
    address: str = ""

    def find_problem(self) -> str | None:
        """Why the part does not answer; `None` when it does."""
        match self.kind:
            case ProbeKind.ALIVE:
                return None
            case ProbeKind.HTTP:
                return _http_problem(self.address)
            case ProbeKind.POSTGRES:
                return _postgres_problem(self.address)
            case ProbeKind.VALKEY:
                return _valkey_problem(self.address)


ALIVE = Probe(ProbeKind.ALIVE)


def _http_problem(address: str) -> str | None:
    """A refusal (4xx) is an answer too: the server is there and knows its mind."""
    url = urlsplit(address)
    connection = HTTPConnection(url.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", url.path or "/")
        status = connection.getresponse().status
    except (OSError, HTTPException) as problem:
        return f"no answer at {address}: {problem}"
    finally:
        connection.close()
    return f"HTTP {status} at {address}" if status >= 500 else None


def _postgres_problem(address: str) -> str | None:
    try:
        psycopg.connect(address, connect_timeout=TIMEOUT_SECONDS).close()
    except psycopg.OperationalError as problem:
        return str(problem).strip().splitlines()[-1]
    return None


def _valkey_problem(address: str) -> str | None:
    """Spoken by hand: two words do not need a client library of 20 MB."""
    url = urlsplit(address)
    try:
        server = (url.hostname or "", url.port or 6379)
        with socket.create_connection(server, TIMEOUT_SECONDS) as connection:
            connection.sendall(f"AUTH {url.password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as replies:
                granted, pong = replies.readline(), replies.readline()
    except OSError as problem:
        return f"no answer at {url.hostname}:{url.port}: {problem}"
    refusals = [r for r in (granted, pong) if not r.startswith(b"+")]
    return refusals[0].decode().strip() if refusals else None
