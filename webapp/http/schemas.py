"""Request and response models that only HTTP has: pages of a list, and errors."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from webapp.kit.json import OmittedIfNone, RequestBody, ResponseBody
from webapp.kit.paging import DEFAULT_LIMIT, MAX_LIMIT

T = TypeVar("T")


class ListQuery(RequestBody):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    last_key: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class ListView(ResponseBody, Generic[T]):
    items: list[T]
    last_key: OmittedIfNone[str] = None


class ErrorBody(ResponseBody):
    code: str
    """Machine-readable; a status has several."""
    message: str
    """Human-readable."""
    details: dict[str, Any]
    """Always includes `timestamp` and `requestId`."""


class ErrorView(ResponseBody):
    error: ErrorBody
