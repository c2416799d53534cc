"""The JSON vocabulary of every entry point: base models and field types.

HTTP, sockets, webhooks and agent tools share it. Names are camelCase in JSON, amounts are in
major units.
"""

import json
import re
from collections import ChainMap, Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from math import isfinite
from types import NoneType
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PlainSerializer,
    RootModel,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from webapp.kit.clock import to_unix_ms
from webapp.kit.money import MAX_AMOUNT_MINOR, NotAnAmount, to_minor
from webapp.kit.text import is_storable_text, normalize_text

T = TypeVar("T")
NAME = re.compile(rb'"([^"\\]*)"\s*:')
MAX_NAME_SHOWN = 100
"""Characters of an unknown name that its error repeats."""
MAX_UNKNOWN_SHOWN = 20
POINTED_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*")
"""A text that means another number where a point stands between thousands."""
SAME_NAMES = "has two names that are the same text, written in different ways"


def _parse_amount(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        msg = "must be a decimal number in major units"
        # Pydantic reports a ValueError as a problem and does not catch a TypeError.
        raise ValueError(msg)  # noqa: TRY004
    if isinstance(value, str) and POINTED_THOUSANDS.fullmatch(value):
        msg = f"{value} may be thousands: write it without their separator"
        raise ValueError(msg)
    try:
        return to_minor(str(value))
    except NotAnAmount as error:
        raise ValueError(error.message) from error


def to_json_amount(minor: int) -> float:
    """Return the major units; a double holds every amount of the shop to the cent."""
    return minor / 100


Amount = Annotated[
    int,
    PlainSerializer(to_json_amount, return_type=float),
    WithJsonSchema({"type": "number", "multipleOf": 0.01}, mode="serialization"),
]
"""Minor units inside, a decimal number of major units in JSON."""

AmountIn = Annotated[
    int,
    BeforeValidator(_parse_amount),
    Field(ge=0, le=MAX_AMOUNT_MINOR),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "maximum": to_json_amount(MAX_AMOUNT_MINOR),
            "multipleOf": 0.01,
        }
    ),
]
"""A decimal number of major units in JSON, minor units inside; rejects fractions of a cent."""


def _reject_pointed(value: Any) -> Any:
    if isinstance(value, str) and "." in value:
        msg = f"{value:.40} is no whole number: write it in digits only"
        raise ValueError(msg)
    return value


WHOLE_NUMBER = BeforeValidator(_reject_pointed)
"""For an integer that a text may give: `"1.000"` may be 1 or 1000."""


def _reject_lost_names(value: Any, clean: ValidatorFunctionWrapHandler) -> Any:
    cleaned = clean(value)
    if isinstance(value, dict) and len(cleaned) < len(value):
        raise ValueError(SAME_NAMES)
    return cleaned


DISTINCT_NAMES = WrapValidator(_reject_lost_names)
"""For an object whose names are cleaned: of two that become one, a value would be lost."""

Timestamp = Annotated[
    datetime,
    PlainSerializer(to_unix_ms, return_type=int),
    WithJsonSchema(
        {"type": "integer", "description": "Unix time in milliseconds"},
        mode="serialization",
    ),
]

OmittedIfNone = Annotated[
    T | None, Field(default=None, exclude_if=lambda value: value is None)
]
"""Omitted from the JSON when it is `None`."""


def _is_storable_value(value: object) -> bool:
    """Whether PostgreSQL can store it: JSON's 1e999 is infinite once parsed, and not valid JSON."""
    if isinstance(value, str):
        return is_storable_text(value)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple | set):
        return all(map(_is_storable_value, value))
    return not isinstance(value, float) or isfinite(value)


def describe_validation_error(error: ValidationError) -> str:
    """Each field with what is wrong, without what was given."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    )


def build_validation_error(title: str, reasons: Mapping[str, str]) -> ValidationError:
    """Build the error that Pydantic would raise; `reasons` are keyed by the names of fields."""
    return ValidationError.from_exception_data(
        title,
        [
            {
                "type": PydanticCustomError("refused", "{reason}", {"reason": reason}),
                "loc": (name,),
                "input": None,
            }
            for name, reason in reasons.items()
        ],
    )


def find_repeated_name(raw: bytes | str) -> str | None:
    """Find a name that an object in a JSON text has twice, of which a parser would drop one;
    `None` without one, and for what is no JSON."""
    plain = raw.encode() if isinstance(raw, str) else raw
    # Nearly all bodies: without escapes a name is written in one way only.
    if b"\\" not in plain:
        names = NAME.findall(plain)
        if len(set(names)) == len(names):
            return None
    repeated: list[str] = []

    def check_names(pairs: list[tuple[str, Any]]) -> None:
        if len(dict(pairs)) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.append(counts.most_common(1)[0][0])

    try:
        json.loads(raw, object_pairs_hook=check_names)
    except (ValueError, RecursionError):
        return None
    return repeated[0] if repeated else None


def _describe_unknown_name(name: str, known: Sequence[str]) -> str:
    if not known:
        return "is unknown; none is known here"
    close = get_close_matches(name, known, n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return f"is unknown{hint}; known are {', '.join(sorted(known))}"


class JSONModel(BaseModel):
    """Base of every model of JSON: its fields are camelCase there."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class RequestBody(JSONModel):
    """Base of request models. Names that it does not know are refused, each with the known ones;
    texts are in Unicode's composed form (NFC), all but passwords."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="wrap")
    @classmethod
    def _describe_unknown(
        cls, data: Any, handler: ModelWrapValidatorHandler[Self]
    ) -> Self:
        if booleans := _list_wrong_booleans(cls, data):
            reasons = dict.fromkeys(booleans, "must not be true or false")
            raise build_validation_error(cls.__name__, reasons)
        try:
            return handler(data)
        except ValidationError as error:
            unknown = [
                str(problem["loc"][0])[:MAX_NAME_SHOWN]
                for problem in error.errors(include_url=False, include_context=False)
                if problem["type"] == "extra_forbidden" and len(problem["loc"]) == 1
            ]
            if not unknown:
                if (renamed := _rename_defaults(cls, error)) is None:
                    raise
                raise renamed from None
            known = [str(field.alias) for field in cls.model_fields.values()]
            raise build_validation_error(
                cls.__name__,
                {
                    name: _describe_unknown_name(name, known)
                    for name in unknown[:MAX_UNKNOWN_SHOWN]
                },
            ) from None

    @field_validator("*")
    @classmethod
    def _normalize(cls, value: Any, info: ValidationInfo) -> Any:
        if not _is_storable_value(value):
            msg = (
                "text must not contain NUL or unpaired surrogates, "
                "and numbers must be finite"
            )
            raise ValueError(msg)
        # A password is hashed as it was typed: composing it would lock its owner out.
        is_password = "password" in (info.field_name or "")
        return value if is_password else _normalize_value(value)


def _list_wrong_booleans(model: type[BaseModel], data: Any) -> list[str]:
    """List the names whose value is `true` or `false` and no field for it: Pydantic would take it
    for a number."""
    if not isinstance(data, dict):
        return []
    given = [name for name, value in data.items() if isinstance(value, bool)]
    return [name for name in given if name in _list_other_fields(model)]


@cache
def _list_other_fields(model: type[BaseModel]) -> frozenset[str]:
    """List the fields that take no boolean, by their names in JSON."""
    return frozenset(
        str(field.alias)
        for field in model.model_fields.values()
        if {bool, Any}.isdisjoint({field.annotation, *get_args(field.annotation)})
    )


def _rename_defaults(
    model: type[BaseModel], error: ValidationError
) -> ValidationError | None:
    """Name each field as in JSON: Pydantic names one whose default is wrong as in Python. `None`
    where there is none."""
    aliases = {name: field.alias for name, field in model.model_fields.items()}
    problems = error.errors(include_url=False, include_context=False)
    places = [problem["loc"] for problem in problems]
    if all(not at or aliases.get(str(at[0]), at[0]) == at[0] for at in places):
        return None
    return build_validation_error(
        model.__name__,
        {
            ".".join(
                str(part) for part in (aliases.get(str(at[0]), at[0]), *at[1:])
            ): problem["msg"].removeprefix("Value error, ")
            for at, problem in zip(places, problems, strict=True)
            if at
        },
    )


def _normalize_value(value: Any) -> Any:
    if type(value) is str:  # no enumeration
        return normalize_text(value)
    if isinstance(value, list):
        return [_normalize_value(part) for part in value]
    if isinstance(value, dict):
        normalized = {
            normalize_text(name): _normalize_value(part) for name, part in value.items()
        }
        if len(normalized) < len(value):
            raise ValueError(SAME_NAMES)
        return normalized
    return value


def example_config(body: dict[str, Any]) -> ConfigDict:
    """Model config with an example body for the documentation; a test sends each example to its
    endpoints."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class ResponseBody(JSONModel):
    """Base of response models, constructed by field name."""

    model_config = ConfigDict(
        validate_by_name=True, validate_by_alias=False, serialize_by_alias=True
    )
    example_values: ClassVar[Mapping[str, Any]] = {}
    """Example values for the documentation, by field name. A field that is a response model, or a
    list of one, defaults to that model's example; names that are no fields are ignored, so that a
    view can share the values of another."""

    @classmethod
    def example(cls, **other: Any) -> Self:
        """Build the example for the documentation, with `other` values in place of the defaults;
        validated like a real response."""
        values = ChainMap(
            other, *(vars(kind).get("example_values", {}) for kind in cls.__mro__)
        )
        fields = cls.model_fields.items()
        missing = {
            name: field.annotation for name, field in fields if name not in values
        }
        return cls(**{**_example_parts(missing), **values})


class ResponseUnion(RootModel[T], Generic[T]):
    """Base of responses that are one of several models."""

    @classmethod
    def example(cls) -> Self:
        """Build the example for the documentation."""
        raise NotImplementedError


def require_in_schema(name: str) -> Callable[[dict[str, Any]], None]:
    """`json_schema_extra` of models that a constant field tells apart: it has a default, and so
    would be described as one that may be missing."""

    def require(schema: dict[str, Any]) -> None:
        schema["required"] = [name, *schema.get("required", [])]

    return require


class DescribedAs:
    """Annotation of JSON that is passed on as it is, and described as another type.

    It is not validated: an earlier or a later version may have written it.
    """

    def __init__(self, described: Any) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(described)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(self._adapter.core_schema)


def _example_parts(kinds: Mapping[str, Any]) -> dict[str, Any]:
    """Return examples of the fields that are a response model or a list of one."""
    parts: dict[str, Any] = {}
    for name, kind in kinds.items():
        [part, *_] = get_args(kind) or [kind]
        if isinstance(part, type) and issubclass(part, ResponseBody):
            example = part.example()
            is_single = part is kind or NoneType in get_args(kind)
            parts[name] = example if is_single else [example]
    return parts
