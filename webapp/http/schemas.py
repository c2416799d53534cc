"""The base of every JSON shape: camelCase outside, and the one place money changes form."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
)
from pydantic.alias_generators import to_camel

from webapp.kit.clock import to_unix_ms
from webapp.kit.money import NotAnAmount, to_minor
from webapp.kit.paging import DEFAULT_LIMIT, MAX_LIMIT

T = TypeVar("T")


def _minor(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        msg = "must be a decimal number in major units"
        # Pydantic reports a ValueError as a problem and lets a TypeError escape.
        raise ValueError(msg)  # noqa: TRY004
    try:
        return to_minor(str(value))
    except NotAnAmount as problem:
        raise ValueError(problem.message) from problem


Amount = Annotated[
    int,
    PlainSerializer(lambda minor: minor / 100, return_type=float),
    WithJsonSchema({"type": "number", "multipleOf": 0.01}, mode="serialization"),
]
"""Minor units inside, a decimal number of major units in JSON."""

AmountIn = Annotated[
    int,
    BeforeValidator(_minor),
    Field(ge=0, le=99_999_999_99),
    WithJsonSchema(
        {"type": "number", "minimum": 0, "maximum": 99_999_999.99, "multipleOf": 0.01}
    ),
]
"""A decimal number of major units in JSON, minor units inside; finer than a cent is refused."""

Timestamp = Annotated[
    datetime,
    PlainSerializer(to_unix_ms, return_type=int),
    WithJsonSchema(
        {"type": "integer", "description": "Unix time in milliseconds"},
        mode="serialization",
    ),
]

Absent = Annotated[
    T | None, Field(default=None, exclude_if=lambda value: value is None)
]
"""Left out of the JSON when there is nothing to say."""


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _parts(part)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from _parts(part)
    else:
        yield value


def _fits(part: object) -> bool:
    """JSON's 1e999 is infinite in memory, and in no JSON that PostgreSQL takes."""
    if isinstance(part, float):
        return isfinite(part)
    return not isinstance(part, str) or is_storable(part)


def is_storable(text: str) -> bool:
    """PostgreSQL stores any Unicode text but NUL; lone surrogates are no Unicode text."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


class RequestBody(BaseModel):
    """What a client sends. Unknown fields are ignored, as the seed's clients send some."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)

    @field_validator("*")
    @classmethod
    def _is_storable(cls, value: Any) -> Any:
        if not all(_fits(part) for part in _parts(value)):
            msg = (
                "text must not contain NUL or unpaired surrogates, "
                "and numbers must be finite"
            )
            raise ValueError(msg)
        return value


FORBID_EXTRA = ConfigDict(extra="forbid")
"""Refuses unknown names: for a query that narrows what a write does, where a slip would
do more than was meant."""


def example_config(body: dict[str, Any]) -> ConfigDict:
    """A body as the documentation shows it; a test sends each to its endpoints."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class ResponseBody(BaseModel):
    """What a client is told, built by field name."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=False,
        serialize_by_alias=True,
        frozen=True,
    )
    example_values: ClassVar[Mapping[str, Any]] = {}
    """What the documentation shows of it, by field name. A part, or a list of one, that is
    not named shows itself; a name that is no field is passed over, so that a view can be
    shown in the words of others."""

    @classmethod
    def example(cls, **other: Any) -> Self:
        """An answer as the documentation shows it, but for `other`; made like a real one, so
        that it has the form of one."""
        told = ChainMap(
            other, *(vars(kind).get("example_values", {}) for kind in cls.__mro__)
        )
        fields = cls.model_fields.items()
        left = {name: field.annotation for name, field in fields if name not in told}
        return cls(**{**_shown_parts(left), **told})


def _shown_parts(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Examples of what is a view or a list of one."""
    parts: dict[str, Any] = {}
    for name, kind in kinds.items():
        [part, *_] = get_args(kind) or [kind]
        if isinstance(part, type) and issubclass(part, ResponseBody):
            shown = part.example()
            parts[name] = shown if part is kind else [shown]
    return parts


class ListQuery(RequestBody):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    last_key: Annotated[str, Field(max_length=1024)] | None = None


class ListView(ResponseBody, Generic[T]):
    items: list[T]
    last_key: Absent[str] = None


class ErrorBody(ResponseBody):
    code: str
    """For programs; a status has several."""
    message: str
    """For people."""
    details: dict[str, Any]
    """Always with `timestamp` and `requestId`."""


class ErrorView(ResponseBody):
    error: ErrorBody
