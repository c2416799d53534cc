"""Every refusal leaves the building in one envelope, whoever raised it."""

from typing import Any

import structlog
from flask import Flask, Response, jsonify
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from webapp.http.context import request_id, runtime
from webapp.kit.clock import format_iso, utc_now
from webapp.kit.errors import (
    CommerceError,
    Conflict,
    Forbidden,
    IdempotencyKeyReused,
    Invalid,
    NotFound,
    PaymentRefused,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)

STATUS_OF: dict[type[CommerceError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    PaymentRefused: 402,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    IdempotencyKeyReused: 422,
    TooManyRequests: 429,
    Unavailable: 503,
}
LOCKED = "55P03"
AWAY = {"57P01", "57P02", "57P03", "53300"}
"""Shut down, crashed, starting, full of connections; beside class 08, the connection's own
errors."""
log = structlog.get_logger()


def status_of(error: CommerceError) -> int:
    return next(s for kind, s in STATUS_OF.items() if isinstance(error, kind))


def build_error_envelope(
    code: str, message: str, details: dict[str, Any]
) -> dict[str, Any]:
    stamped = {**details, "timestamp": format_iso(utc_now()), "requestId": request_id()}
    return {"error": {"code": code, "message": message, "details": stamped}}


def refusal(
    status: int, code: str, message: str, details: dict[str, Any] | None = None
) -> Response:
    response = jsonify(build_error_envelope(code, message, details or {}))
    response.status_code = status
    return response


def camelize_details(details: dict[str, object]) -> dict[str, Any]:
    """`product_id=UUID(…)` → `{"productId": "…"}`."""
    return {to_camel(name): _plain(value) for name, value in details.items()}


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return camelize_details(value)
    return value if isinstance(value, bool | int | float | None) else str(value)


def problems_of(error: ValidationError) -> list[dict[str, str]]:
    """Field and reason, in the words of the JSON that was sent."""
    return [
        {
            "field": ".".join(str(part) for part in problem["loc"]),
            "reason": problem["msg"].removeprefix("Value error, "),
        }
        for problem in error.errors(
            include_url=False, include_context=False, include_input=False
        )
    ]


def later(code: str, message: str) -> Response:
    response = refusal(503, code, message)
    response.headers["Retry-After"] = "2"
    return response


def is_away(error: DBAPIError) -> bool:
    """Whether there was no database to answer. What it did answer, that a statement was
    cancelled or went beyond a limit, is a fault of ours."""
    state = getattr(error.orig, "sqlstate", None) or ""
    # Where no connection came about, there is no statement and psycopg names no state.
    never_connected = error.statement is None and not state
    return (
        error.connection_invalidated
        or never_connected
        or state in AWAY
        or state.startswith("08")
    )


def install(app: Flask) -> None:
    @app.errorhandler(CommerceError)
    def refused(error: CommerceError) -> Response:
        response = refusal(
            status_of(error), error.code, error.message, camelize_details(error.details)
        )
        retry_after = getattr(error, "retry_after", None)
        if isinstance(error, Unavailable) and retry_after is None:
            retry_after = 5
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    @app.errorhandler(ValidationError)
    def malformed(error: ValidationError) -> Response:
        problems = problems_of(error)
        first = problems[0]
        sentence = f"{first['field']}: {first['reason']}".removeprefix(": ")
        return refusal(400, "INVALID_REQUEST", sentence, {"problems": problems})

    _install_bugs(app)


def _install_bugs(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def routed_badly(error: HTTPException) -> Response:
        code = error.name.upper().replace(" ", "_").replace("'", "")
        response = refusal(error.code or 500, code, error.description or error.name)
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                response.headers[name] = value
        return response

    @app.errorhandler(DBAPIError)
    def database_refused(error: DBAPIError) -> Response:
        if getattr(error.orig, "sqlstate", None) == LOCKED:
            return later("DATABASE_BUSY", "Somebody else holds it; try again")
        if not is_away(error):
            return bug(error)
        log.error("database is away", error=str(error.orig))
        return later("DATABASE_UNAVAILABLE", "The database is away; try again")

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        log.error("unhandled error", exc_info=error)
        shown = {"bug": repr(error)} if runtime().settings.shows_debug else {}
        return refusal(500, "INTERNAL_ERROR", "Something went wrong on our side", shown)
