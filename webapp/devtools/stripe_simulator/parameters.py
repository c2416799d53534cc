"""Schemas and parsers of request parameters; undeclared parameters are rejected.

A parser takes the parameter's name and its raw value and returns the parsed value, or raises
a `StripeApiError` that names the parameter. Parameters of Stripe that the shop does not use
are not declared and are rejected as unknown, like misspelled ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.devtools.stripe_simulator.errors import StripeApiError
from webapp.devtools.stripe_simulator.forms import Form, Value

ParameterParser = Callable[[str, Value], Any]

MAX_TEXT_LENGTH = 5_000
MAX_METADATA_KEYS = 50
MAX_METADATA_KEY_LENGTH = 40
MAX_METADATA_VALUE_LENGTH = 500


@dataclass(frozen=True)
class ParameterSchema:
    """Named parameters, some of them required."""

    fields: Mapping[str, ParameterParser]
    required: tuple[str, ...] = ()

    def parse(self, form: Form, *, parent: str = "") -> dict[str, Any]:
        self._reject_unknown(form, parent)
        for name in self.required:
            if name not in form:
                full_name = _full_name(parent, name)
                raise StripeApiError(
                    f"Missing required param: {full_name}.",
                    code="parameter_missing",
                    param=full_name,
                )
        return {
            name: self.fields[name](_full_name(parent, name), value)
            for name, value in form.items()
        }

    def _reject_unknown(self, form: Form, parent: str) -> None:
        unknown = [_full_name(parent, name) for name in form if name not in self.fields]
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            raise StripeApiError(
                f"Received unknown parameter{plural}: {', '.join(unknown)}",
                code="parameter_unknown",
                param=unknown[0],
            )


def text(*, max_length: int = MAX_TEXT_LENGTH) -> ParameterParser:
    def parse(name: str, value: Value) -> str:
        raw = _require_string(name, value)
        if not raw:
            raise StripeApiError(
                f"You passed an empty string for '{name}'.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(raw) > max_length:
            msg = (
                f"Invalid string: {raw[:20]}…; must be at most {max_length} characters"
            )
            raise StripeApiError(msg, param=name)
        return raw

    return parse


def url(name: str, value: Value) -> str:
    address: str = text()(name, value)
    if "://" not in address:
        raise StripeApiError("Not a valid URL", code="url_invalid", param=name)
    return address


def email(name: str, value: Value) -> str:
    address: str = text(max_length=800)(name, value)
    before, _, domain = address.rpartition("@")
    if not before or "." not in domain:
        raise StripeApiError(
            f"Invalid email address: {address}", code="email_invalid", param=name
        )
    return address


def integer(
    *, minimum: int | None = None, maximum: int | None = None
) -> ParameterParser:
    def parse(name: str, value: Value) -> int:
        raw = _require_string(name, value)
        if not raw.removeprefix("-").isascii() or not raw.removeprefix("-").isdigit():
            raise _integer_error(name, f"Invalid integer: {raw}")
        number = int(raw)
        if minimum is not None and number < minimum:
            raise _integer_error(
                name, f"This value must be greater than or equal to {minimum}."
            )
        if maximum is not None and number > maximum:
            raise _integer_error(
                name, f"This value must be less than or equal to {maximum}."
            )
        return number

    return parse


def boolean(name: str, value: Value) -> bool:
    raw = _require_string(name, value)
    if raw not in {"true", "false"}:
        raise StripeApiError(f"Invalid boolean: {raw}", param=name)
    return raw == "true"


def choice(*choices: str) -> ParameterParser:
    def parse(name: str, value: Value) -> str:
        raw = _require_string(name, value)
        if raw not in choices:
            raise StripeApiError(
                f"Invalid {name}: must be one of {', '.join(choices)}", param=name
            )
        return raw

    return parse


def array(item: ParameterParser) -> ParameterParser:
    def parse(name: str, value: Value) -> list[Any]:
        if isinstance(value, str) or not all(key.isdigit() for key in value):
            raise StripeApiError("Invalid array", param=name)
        return [item(f"{name}[{key}]", value[key]) for key in sorted(value, key=int)]

    return parse


def nested_object(schema: ParameterSchema) -> ParameterParser:
    def parse(name: str, value: Value) -> dict[str, Any]:
        if isinstance(value, str):
            raise StripeApiError("Invalid object", param=name)
        return schema.parse(value, parent=name)

    return parse


def metadata(name: str, value: Value) -> dict[str, str]:
    """Parse a mapping of strings; an empty value removes the key, as at Stripe."""
    if isinstance(value, str):
        raise StripeApiError("Invalid object", param=name)
    if len(value) > MAX_METADATA_KEYS:
        msg = f"Metadata is limited to {MAX_METADATA_KEYS} keys"
        raise StripeApiError(msg, param=name)
    return {
        _metadata_key(name, key): _metadata_value(f"{name}[{key}]", entry)
        for key, entry in value.items()
    }


def _metadata_key(name: str, key: str) -> str:
    if len(key) > MAX_METADATA_KEY_LENGTH:
        msg = f"Metadata keys are limited to {MAX_METADATA_KEY_LENGTH} characters"
        raise StripeApiError(msg, param=name)
    return key


def _metadata_value(name: str, value: Value) -> str:
    raw = _require_string(name, value)
    if len(raw) > MAX_METADATA_VALUE_LENGTH:
        msg = f"Metadata values are limited to {MAX_METADATA_VALUE_LENGTH} characters"
        raise StripeApiError(msg, param=name)
    return raw


_RANGE = ParameterSchema(
    {name: integer(minimum=0) for name in ("gt", "gte", "lt", "lte")}
)


def time_range(name: str, value: Value) -> dict[str, int]:
    """Parse a timestamp or a range of timestamps into bounds: `{"gte": 1700000000}`."""
    if isinstance(value, str):
        timestamp = integer(minimum=0)(name, value)
        return {"gte": timestamp, "lte": timestamp}
    return _RANGE.parse(value, parent=name)


def _require_string(name: str, value: Value) -> str:
    if not isinstance(value, str):
        raise StripeApiError("Invalid string", param=name)
    return value


def _full_name(parent: str, name: str) -> str:
    return f"{parent}[{name}]" if parent else name


def _integer_error(name: str, message: str) -> StripeApiError:
    return StripeApiError(message, code="parameter_invalid_integer", param=name)
