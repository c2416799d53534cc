"""Stands where the shop's webhook stands, writes down what comes, and may refuse it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Delivered:
    payload: bytes
    signature: str
    path: str
    status: int


@dataclass
class Receiver:
    port: int = 0
    refusing: set[str] = field(default_factory=set)
    """Letters that mention one of these get a 503, each of them once."""
    got: list[Delivered] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, payload: bytes, *, signature: str, path: str) -> int:
        with self._lock:
            refused = {needle for needle in self.refusing if needle.encode() in payload}
            self.refusing -= refused
            status = 503 if refused else 200
            self.got.append(Delivered(payload, signature, path, status))
            return status

    def about(self, needle: str) -> list[Delivered]:
        """Deliveries that mention this order or intent."""
        with self._lock:
            return [item for item in self.got if needle.encode() in item.payload]


@contextmanager
def webhook_receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(
                payload, signature=self.headers["Stripe-Signature"], path=self.path
            )
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
