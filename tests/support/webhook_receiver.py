"""Fake of the shop's Stripe webhook: records what it receives, and can reject it once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.serving import serving


@dataclass(frozen=True)
class ReceivedWebhook:
    payload: bytes
    signature: str
    path: str
    status: int


@dataclass
class StripeWebhookReceiver:
    port: int = 0
    reject_once: set[str] = field(default_factory=set)
    """A webhook that mentions one of these gets a 503, once for each of them."""
    hangs_up: bool = False
    """Each connection is closed after one response, without saying so."""
    received: list[ReceivedWebhook] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, payload: bytes, *, signature: str, path: str) -> int:
        with self._lock:
            rejected = {
                needle for needle in self.reject_once if needle.encode() in payload
            }
            self.reject_once -= rejected
            status = 503 if rejected else 200
            self.received.append(ReceivedWebhook(payload, signature, path, status))
            return status

    def list_mentioning(self, needle: str) -> list[ReceivedWebhook]:
        """Received webhooks that mention this order or payment intent."""
        with self._lock:
            return [item for item in self.received if needle.encode() in item.payload]


@contextmanager
def webhook_receiver() -> Iterator[StripeWebhookReceiver]:
    receiver = StripeWebhookReceiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.receive(
                payload, signature=self.headers["Stripe-Signature"], path=self.path
            )
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            self.close_connection = receiver.hangs_up

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    with serving(server):
        yield receiver
