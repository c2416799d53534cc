"""Health probes. A probe is plain data, so that another process can run it as well."""

import socket
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import psycopg

TIMEOUT_S = 2


class ProbeKind(StrEnum):
    ALIVE = "alive"
    """The process is alive; it has no address to probe."""
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
                return _check_http(self.address)
            case ProbeKind.POSTGRES:
                return _check_postgres(self.address)
            case ProbeKind.VALKEY:
                return _check_valkey(self.address)


ALIVE = Probe(ProbeKind.ALIVE)


def _check_http(address: str) -> str | None:
    """A 4xx response is healthy too: the server is up and answers."""
    url = urlsplit(address)
    connection = HTTPConnection(url.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", url.path or "/")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"no answer at {address}: {error}"
    finally:
        connection.close()
    return f"HTTP {status} at {address}" if status >= 500 else None


def _check_postgres(address: str) -> str | None:
    try:
        psycopg.connect(address, connect_timeout=TIMEOUT_S).close()
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[-1]
    return None


def _check_valkey(address: str) -> str | None:
    """Two commands over a plain socket, which saves the 20 MB of a client library."""
    url = urlsplit(address)
    try:
        server = (url.hostname or "", url.port or 6379)
        with socket.create_connection(server, TIMEOUT_S) as connection:
            connection.sendall(f"AUTH {url.password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as replies:
                auth_reply, ping_reply = replies.readline(), replies.readline()
    except OSError as error:
        return f"no answer at {url.hostname}:{url.port}: {error}"
    errors = [r for r in (auth_reply, ping_reply) if not r.startswith(b"+")]
    return errors[0].decode().strip() if errors else None
