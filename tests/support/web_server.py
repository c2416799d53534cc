"""The web application on a real port of this machine, in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    timeout = 1
    """Seconds for a read. After a socket's farewell, Werkzeug reads what is left of the
    request until the client hangs up, who waits for the server to do so."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """A request's address may hold a token."""


@contextmanager
def serve_app(app: Flask) -> Iterator[str]:
    """`host:port` of the application while it runs."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()
