"""Errors in the JSON format of Stripe's API."""

from dataclasses import dataclass
from typing import Any

Doc = dict[str, Any]
"""A JSON object of a request or a response."""

DOCS = "https://stripe.com/docs/error-codes/"


@dataclass(frozen=True)
class StripeResult:
    status: int
    body: Doc


class StripeApiError(Exception):
    """An error response; the changes of the request that raises it are rolled back."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = build_error_object(
            message, kind=kind, code=code, param=param, more=more
        )

    @property
    def result(self) -> StripeResult:
        return StripeResult(self.status, {"error": self.error})


def build_error_object(
    message: str,
    *,
    kind: str,
    code: str | None = None,
    param: str | None = None,
    more: dict[str, object] | None = None,
) -> Doc:
    error: Doc = {"message": message, "type": kind}
    if code is not None:
        error |= {"code": code, "doc_url": DOCS + code.replace("_", "-")}
    if param is not None:
        error["param"] = param
    return error | (more or {})


def resource_missing_error(
    noun: str, object_id: str, *, param: str, status: int = 404
) -> StripeApiError:
    return StripeApiError(
        f"No such {noun}: '{object_id}'",
        status=status,
        code="resource_missing",
        param=param,
    )


def build_api_error() -> StripeResult:
    """Build the 500 with which Stripe reports an internal error."""
    return StripeResult(
        500,
        {"error": build_error_object("An unknown error occurred", kind="api_error")},
    )
