"""The shop's worker class with short deadlines, and an application to serve by it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask, request

from webapp.server import connection, worker
from webapp.server.worker import BufferingWorker as QuickWorker

__all__ = ["QuickWorker", "app"]

connection.GRACE_S = 1.0
worker.LINGER_S = 0.5

flask_app = Flask(__name__)
flask_app.add_url_rule("/flask-echo", view_func=lambda: request.data, methods=["POST"])


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """`/echo` and `/flask-echo` answer with the body, `/bytes` and `/file` with as many
    bytes as asked for."""
    query = environ["QUERY_STRING"]
    match environ["PATH_INFO"]:
        case "/echo":
            body = environ["wsgi.input"].read()
        case "/flask-echo":
            return flask_app(environ, start_response)
        case "/bytes":
            start_response("200 OK", [("Content-Length", query)])
            return _generate(int(query))
        case "/file":
            size = Path(query).stat().st_size
            start_response("200 OK", [("Content-Length", str(size))])
            wrap = environ["wsgi.file_wrapper"]
            return wrap(Path(query).open("rb"))  # type: ignore[no-any-return]
        case "/exit":
            raise SystemExit
        case _:
            body = b"ok"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def _generate(count: int) -> Iterator[bytes]:
    while count > 0:
        yield b"x" * min(count, 50_000)
        count -= 50_000
