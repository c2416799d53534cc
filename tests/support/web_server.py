"""The web application on a real local port, in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.support.serving import serving


class QuietRequestHandler(WSGIRequestHandler):
    timeout = 1
    """Seconds for a read. After a WebSocket is closed, Werkzeug reads the rest of the request until
    the client disconnects, which in turn waits for the server to do so."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Log nothing: a request's URL may contain a token."""


@contextmanager
def serve_app(app: Flask) -> Iterator[str]:
    """Serve the application until the end of the block; yield `host:port`."""
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=QuietRequestHandler
    )
    with serving(server):
        yield f"127.0.0.1:{server.server_port}"
