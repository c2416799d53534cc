"""An HTTP proxy that records the exchanges between the shop and the simulator."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.support.serving import serving
from webapp.kit.tls import trusted_certificates

FORWARDED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Stripe-Version",
)


@dataclass(frozen=True)
class HttpExchange:
    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    status: int
    response: dict[str, Any]

    @property
    def request_text(self) -> str:
        return f"{self.method} {self.path} {self.body.decode()}"


@dataclass
class Recorder:
    address: str = ""
    exchanges: list[HttpExchange] = field(default_factory=list)


@contextmanager
def record_exchanges(target: str) -> Iterator[Recorder]:
    recorder = Recorder()

    class ProxyHandler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {
                name: self.headers[name]
                for name in FORWARDED_HEADERS
                if name in self.headers
            }
            response = client.request(
                self.command, self.path, content=body, headers=headers
            )
            recorder.exchanges.append(
                HttpExchange(
                    self.command,
                    self.path,
                    body,
                    headers,
                    response.status_code,
                    json.loads(response.content),
                )
            )
            self.send_response(response.status_code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_DELETE = _forward  # noqa: N815 - the base class calls them

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), ProxyHandler)
    recorder.address = f"http://127.0.0.1:{server.server_address[1]}"
    with (
        httpx.Client(base_url=target, verify=trusted_certificates()) as client,
        serving(server),
    ):
        yield recorder
