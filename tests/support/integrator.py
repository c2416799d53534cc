"""Fake server of an integrator: checks signatures as documented, and can misbehave."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any

from tests.support.serving import serving


@dataclass(frozen=True)
class ReceivedEvent:
    body: bytes
    headers: dict[str, str]
    path: str

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Implemented from the documentation, not with the shop's code."""
        parts = [p.split("=", 1) for p in self.headers["E-Com67-Signature"].split(",")]
        [timestamp] = [value for name, value in parts if name == "t"]
        expected = hmac.new(
            secret.encode(), timestamp.encode() + b"." + self.body, hashlib.sha256
        ).hexdigest()
        return expected in [value for name, value in parts if name == "v1"]


@dataclass
class IntegratorServer:
    port: int = 0
    status: int = 200
    location: str | None = None
    response_body: bytes = b"thanks"
    hang_until: threading.Event | None = None
    """If set, requests get no response until the event is set."""
    delay_s: float = 0
    endless_response: bytes | None = None
    """If set, it is sent instead of a response, followed by single bytes for 10 seconds."""
    received: list[ReceivedEvent] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"


def _drip(out: BufferedIOBase, prefix: bytes) -> None:
    with suppress(OSError):  # until the client closes the connection
        out.write(prefix)
        for _ in range(200):
            time.sleep(0.05)
            out.write(b"x")


@contextmanager
def integrator_server() -> Iterator[IntegratorServer]:
    integrator = IntegratorServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            integrator.received.append(
                ReceivedEvent(body, dict(self.headers), self.path)
            )
            if integrator.hang_until is not None:
                integrator.hang_until.wait(10)
                return
            time.sleep(integrator.delay_s)
            if integrator.endless_response is not None:
                _drip(self.wfile, integrator.endless_response)
                return
            self.send_response(integrator.status)
            if integrator.location is not None:
                self.send_header("Location", integrator.location)
            self.end_headers()
            self.wfile.write(integrator.response_body)

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    integrator.port = server.server_address[1]
    with serving(server):
        try:
            yield integrator
        finally:
            if integrator.hang_until is not None:
                integrator.hang_until.set()
