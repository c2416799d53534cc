"""Example of an error response for each status, shown in the OpenAPI document.

A status has many codes; the example is one that many endpoints return. A test provokes them all.
"""

from collections.abc import Mapping
from typing import Any

from webapp.http.schemas import ErrorView


def _build_example(code: str, message: str, **details: Any) -> ErrorView:
    full_details = {
        **details,
        "timestamp": "2026-03-01T09:30:00Z",
        "requestId": "6f1c2b9e-3d4a-4c5b-8e7f-9a0b1c2d3e4f",
    }
    return ErrorView.example(
        error={"code": code, "message": message, "details": full_details}
    )


_REASON = "Input should be greater than or equal to 1"
ERROR_EXAMPLES: Mapping[int, ErrorView] = {
    400: _build_example(
        "INVALID_REQUEST",
        f"quantity: {_REASON}",
        problems=[{"field": "quantity", "reason": _REASON}],
    ),
    401: _build_example(
        "UNAUTHENTICATED", "Send an access token: Authorization: Bearer …"
    ),
    402: _build_example(
        "PAYMENT_DECLINED",
        "The payment was declined: try another card",
        orderId="0190c5b7-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
        declineCode="insufficient_funds",
    ),
    403: _build_example("ADMIN_ONLY", "This needs an account of the admin group"),
    404: _build_example(
        "NOT_FOUND",
        "The requested URL was not found on the server. If you entered the URL manually "
        "please check your spelling and try again.",
    ),
    409: _build_example(
        "IDEMPOTENCY_KEY_IN_FLIGHT",
        "The first request with this Idempotency-Key is still running",
    ),
    413: _build_example(
        "REQUEST_ENTITY_TOO_LARGE",
        "The data value transmitted exceeds the capacity limit.",
    ),
    415: _build_example(
        "UNSUPPORTED_MEDIA_TYPE", "Send JSON with Content-Type: application/json"
    ),
    422: _build_example(
        "IDEMPOTENCY_KEY_OF_ANOTHER_REQUEST",
        "This Idempotency-Key was used for another request",
    ),
    429: _build_example(
        "TOO_MANY_REQUESTS", "Too many attempts; try again later", retryAfter=42
    ),
    503: _build_example(
        "DATABASE_UNAVAILABLE", "The database is unavailable; try again"
    ),
}
