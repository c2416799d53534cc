"""The web application on a real port of this machine, in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"
    """Ends the connection with the answer, as Gunicorn does after a socket: kept alive,
    the handler would go on reading what belongs to the socket."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """A request's address may hold a token."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
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
