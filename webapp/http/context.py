"""What a request carries: the runtime of its process and its identifier."""

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


def install(app: Flask, runtime: Runtime) -> None:
    app.extensions[EXTENSION] = runtime

    @app.before_request
    def name_request() -> None:
        sent = request.headers.get(REQUEST_ID_HEADER, "")
        g.request_id = sent if _ACCEPTED_ID.fullmatch(sent) else str(uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(process="web", request_id=g.request_id)

    @app.after_request
    def return_name(response: Response) -> Response:
        response.headers[REQUEST_ID_HEADER] = request_id()
        return response


def runtime() -> Runtime:
    return cast("Runtime", current_app.extensions[EXTENSION])


@contextmanager
def transaction() -> Iterator[Session]:
    """The unit of work of this request: one of its own, or the one in which the answer
    under its `Idempotency-Key` will be stored."""
    joined: Session | None = g.get("session")
    if joined is not None:
        yield joined
        return
    with runtime().db.unit_of_work() as session:
        yield session


@contextmanager
def use_session(session: Session) -> Iterator[None]:
    """Until the end of the block, `transaction` is this one."""
    g.session = session
    try:
        yield
    finally:
        del g.session


def request_id() -> str:
    return str(g.get("request_id", ""))
