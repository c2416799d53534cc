"""Request context: the runtime of the process, the request id, the unit of work."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import uuid4

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from webapp.bootstrap import Runtime

EXTENSION = "ecom67"
REQUEST_ID_HEADER = "X-Request-Id"
_ACCEPTED_ID = re.compile(r"[\w.-]{8,128}", re.ASCII)


def install(app: Flask) -> None:
    @app.before_request
    def set_request_id() -> None:
        received = request.headers.get(REQUEST_ID_HEADER, "")
        accepted = _ACCEPTED_ID.fullmatch(received) is not None
        g.request_id = received if accepted else str(uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(process="web", request_id=g.request_id)

    @app.after_request
    def return_request_id(response: Response) -> Response:
        response.headers[REQUEST_ID_HEADER] = request_id()
        return response


def use_runtime(app: Flask, runtime: Runtime) -> None:
    app.extensions[EXTENSION] = runtime


def runtime() -> Runtime:
    return cast("Runtime", current_app.extensions[EXTENSION])


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the unit of work of this request, or join the one in which the response under its
    `Idempotency-Key` will be stored."""
    joined: Session | None = g.get("session")
    if joined is not None:
        yield joined
        return
    with runtime().db.unit_of_work() as session:
        yield session


@contextmanager
def reading_session() -> Iterator[Session]:
    """Open a session for what only reads; see `Database.autocommit`."""
    with runtime().db.autocommit() as session:
        yield session


@contextmanager
def use_session(session: Session) -> Iterator[None]:
    """Make `transaction` join this session until the end of the block."""
    g.session = session
    try:
        yield
    finally:
        del g.session


def request_id() -> str:
    return str(g.get("request_id", ""))
