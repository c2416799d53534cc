"""Limits of webhook endpoints, and types of values within them: for the service and the API."""

from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter

from webapp.kit.text import ONE_LINE

MAX_URL_LENGTH = 2000
MAX_DESCRIPTION_LENGTH = 500
MAX_EVENTS = 50
MAX_EVENT_LENGTH = 100
_HTTP = TypeAdapter(HttpUrl)


def normalize_address(url: str) -> str:
    """Return a URL as it is stored: the host in lower case, other characters escaped."""
    return str(_HTTP.validate_python(url))


def _check_address(url: str) -> str:
    parsed = _HTTP.validate_python(url)
    if parsed.username is not None or parsed.password is not None:
        msg = "must not carry a user name or password"
        raise ValueError(msg)
    return url


Address = Annotated[
    str,
    Field(max_length=MAX_URL_LENGTH, pattern=r"^https?://"),
    AfterValidator(_check_address),
    ONE_LINE,
]
Events = Annotated[
    list[Annotated[str, Field(max_length=MAX_EVENT_LENGTH)]],
    Field(min_length=1, max_length=MAX_EVENTS),
]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION_LENGTH), ONE_LINE]
