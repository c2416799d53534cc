"""Error handlers: every error response has the same envelope, whatever raised the error."""

from typing import Any

import structlog
from flask import Flask, Response, jsonify
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails
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
    Unprocessable,
)

STATUS_OF: dict[type[CommerceError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    PaymentRefused: 402,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    IdempotencyKeyReused: 422,
    Unprocessable: 422,
    TooManyRequests: 429,
    Unavailable: 503,
}
LOCK_NOT_AVAILABLE = "55P03"
UNAVAILABLE_STATES = {"57P01", "57P02", "57P03", "53300"}
"""SQLSTATEs of a server that is shut down, crashed, starting or out of connections, in addition to
class 08 (connection errors)."""
log = structlog.get_logger()


def get_http_status(error: CommerceError) -> int:
    return next(s for kind, s in STATUS_OF.items() if isinstance(error, kind))


def build_error_envelope(
    code: str, message: str, details: dict[str, Any]
) -> dict[str, Any]:
    full_details = {
        **details,
        "timestamp": format_iso(utc_now()),
        "requestId": request_id(),
    }
    return {"error": {"code": code, "message": message, "details": full_details}}


def build_error_response(
    status: int, code: str, message: str, details: dict[str, Any] | None = None
) -> Response:
    response = jsonify(build_error_envelope(code, message, details or {}))
    response.status_code = status
    return response


def camelize_details(details: dict[str, object]) -> dict[str, Any]:
    """`product_id=UUID(…)` → `{"productId": "…"}`."""
    return {to_camel(name): _to_json(value) for name, value in details.items()}


def _to_json(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_to_json(part) for part in value]
    if isinstance(value, dict):
        return camelize_details(value)
    return value if isinstance(value, bool | int | float | None) else str(value)


def list_problems(error: ValidationError) -> list[dict[str, str]]:
    """Return field and reason of each problem, with the field names of the JSON sent."""
    return [
        {
            "field": ".".join(str(part) for part in problem["loc"]),
            "reason": _describe_problem(problem),
        }
        for problem in error.errors(include_url=False, include_input=False)
    ]


def _describe_problem(problem: ErrorDetails) -> str:
    if problem["type"] == "string_too_short" and problem["ctx"]["min_length"] == 1:
        return "must not be blank"
    return problem["msg"].removeprefix("Value error, ")


def build_retry_response(code: str, message: str) -> Response:
    response = build_error_response(503, code, message)
    response.headers["Retry-After"] = "2"
    return response


def is_database_unavailable(error: DBAPIError) -> bool:
    """Whether the error means that there is no database to answer.

    An error that it did answer, such as a canceled statement or an exceeded limit, is a bug.
    """
    state = getattr(error.orig, "sqlstate", None) or ""
    # When the connection failed, there is no statement and psycopg sets no SQLSTATE.
    never_connected = error.statement is None and not state
    return (
        error.connection_invalidated
        or never_connected
        or state in UNAVAILABLE_STATES
        or state.startswith("08")
    )


def install(app: Flask) -> None:
    @app.errorhandler(CommerceError)
    def handle_commerce_error(error: CommerceError) -> Response:
        response = build_error_response(
            get_http_status(error),
            error.code,
            error.message,
            camelize_details(error.details),
        )
        retry_after = getattr(error, "retry_after", None)
        if isinstance(error, Unavailable) and retry_after is None:
            retry_after = 5
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    @app.errorhandler(ValidationError)
    def handle_validation_error(error: ValidationError) -> Response:
        problems = list_problems(error)
        first = problems[0]
        sentence = f"{first['field']}: {first['reason']}".removeprefix(": ")
        return build_error_response(
            400, "INVALID_REQUEST", sentence, {"problems": problems}
        )

    _install_unexpected(app)


def _install_unexpected(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def handle_http_exception(error: HTTPException) -> Response:
        code = error.name.upper().replace(" ", "_").replace("'", "")
        response = build_error_response(
            error.code or 500, code, error.description or error.name
        )
        for name, value in error.get_headers():
            if name in {"Allow", "Retry-After"}:
                response.headers[name] = value
        return response

    @app.errorhandler(DBAPIError)
    def handle_database_error(error: DBAPIError) -> Response:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            return build_retry_response(
                "DATABASE_BUSY", "The data is locked by another request; try again"
            )
        if not is_database_unavailable(error):
            return handle_bug(error)
        log.error("database is unavailable", error=str(error.orig))
        return build_retry_response(
            "DATABASE_UNAVAILABLE", "The database is unavailable; try again"
        )

    @app.errorhandler(Exception)
    def handle_bug(error: Exception) -> Response:
        log.error("unhandled error", exc_info=error)
        shown = {"bug": repr(error)} if runtime().settings.shows_debug else {}
        return build_error_response(
            500, "INTERNAL_ERROR", "Something went wrong on our side", shown
        )
