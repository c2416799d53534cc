"""Answers of the server itself, in the form of the API's errors: no request was read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ServerError:
    status: str
    """Code and reason."""
    code: str
    message: str

    def render(self, headers: Mapping[str, str]) -> bytes:
        """The whole response, with these headers besides its own."""
        error = {"code": self.code, "message": self.message, "details": {}}
        body = json.dumps({"error": error})
        lines = (
            f"HTTP/1.1 {self.status}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *(f"{name}: {value}" for name, value in headers.items()),
        )
        return "\r\n".join((*lines, "", body)).encode()


TOO_SLOW = ServerError(
    "408 Request Timeout", "REQUEST_TIMEOUT", "The request was sent too slowly"
)
HEAD_TOO_LARGE = ServerError(
    "431 Request Header Fields Too Large", "HEADERS_TOO_LARGE", "Send fewer headers"
)
ADDRESS_TOO_LONG = ServerError(
    "414 URI Too Long",
    "ADDRESS_TOO_LONG",
    "Send a shorter address, of fewer parameters",
)
UNKNOWN_TRANSFER_CODING = ServerError(
    "501 Not Implemented",
    "UNKNOWN_TRANSFER_CODING",
    "Send the body as it is, with Content-Length or Transfer-Encoding: chunked",
)
EXPECTATION_FAILED = ServerError(
    "417 Expectation Failed", "EXPECTATION_FAILED", "Expect only 100-continue"
)
TOO_MANY_CONNECTIONS = ServerError(
    "429 Too Many Requests",
    "TOO_MANY_CONNECTIONS",
    "This address has too many open connections: close some",
)
TOO_MANY_SOCKETS = ServerError(
    "503 Service Unavailable",
    "TOO_MANY_SOCKETS",
    "All chat connections are in use: try again later",
)


_OF_STATUS = {
    error.status[:3]: error
    for error in (
        HEAD_TOO_LARGE,
        ADDRESS_TOO_LONG,
        UNKNOWN_TRANSFER_CODING,
        EXPECTATION_FAILED,
    )
}
"""Gunicorn's reason is left out: it is not in all its answers that of the status."""


class ErrorCapture:
    """Takes the answer that gunicorn writes of a request that it cannot read, or that broke:
    an HTML page that repeats parts of the request."""

    def __init__(self) -> None:
        self._written = b""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, data: bytes) -> None:
        self._written += data

    def read_error(self) -> ServerError | None:
        """What we answer instead; `None` when nothing was written."""
        if not self._written:
            return None
        status = self._written.split(b"\r\n", 1)[0].decode("latin1").split(" ", 1)[1]
        if status[:3] in _OF_STATUS:
            return _OF_STATUS[status[:3]]
        if status.startswith("5"):
            return ServerError(
                status, "INTERNAL_ERROR", "Something went wrong on our side"
            )
        return ServerError(status, "MALFORMED_REQUEST", "This is no valid HTTP request")
