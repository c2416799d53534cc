"""Declares what a request may say, and refuses the rest as Stripe does.

A check takes the parameter's name and its raw value and returns the parsed one, or raises
a `StripeProblem` that names the parameter. What is not declared is refused: Stripe's
parameters that no one here needs are as unknown as misspelt ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.devtools.stripe_simulator.errors import StripeApiError
from webapp.devtools.stripe_simulator.forms import Form, Value

ParameterParser = Callable[[str, Value], Any]

MAX_TEXT = 5_000
MAX_METADATA_KEYS = 50
MAX_METADATA_KEY = 40
MAX_METADATA_VALUE = 500


@dataclass(frozen=True)
class ParameterSchema:
    """Named parameters, some of them required."""

    fields: Mapping[str, ParameterParser]
    required: tuple[str, ...] = ()

    def parse(self, form: Form, *, inside: str = "") -> dict[str, Any]:
        self._refuse_unknown(form, inside)
        for name in self.required:
            if name not in form:
                full = _nested(inside, name)
                raise StripeApiError(
                    f"Missing required param: {full}.",
                    code="parameter_missing",
                    param=full,
                )
        return {
            name: self.fields[name](_nested(inside, name), value)
            for name, value in form.items()
        }

    def _refuse_unknown(self, form: Form, inside: str) -> None:
        unknown = [_nested(inside, name) for name in form if name not in self.fields]
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            raise StripeApiError(
                f"Received unknown parameter{plural}: {', '.join(unknown)}",
                code="parameter_unknown",
                param=unknown[0],
            )


def text(*, max_length: int = MAX_TEXT) -> ParameterParser:
    def check(name: str, value: Value) -> str:
        word = _plain(name, value)
        if not word:
            raise StripeApiError(
                f"You passed an empty string for '{name}'.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(word) > max_length:
            msg = (
                f"Invalid string: {word[:20]}…; must be at most {max_length} characters"
            )
            raise StripeApiError(msg, param=name)
        return word

    return check


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
    def check(name: str, value: Value) -> int:
        word = _plain(name, value)
        if not word.removeprefix("-").isascii() or not word.removeprefix("-").isdigit():
            raise _not_integer(name, f"Invalid integer: {word}")
        number = int(word)
        if minimum is not None and number < minimum:
            raise _not_integer(
                name, f"This value must be greater than or equal to {minimum}."
            )
        if maximum is not None and number > maximum:
            raise _not_integer(
                name, f"This value must be less than or equal to {maximum}."
            )
        return number

    return check


def boolean(name: str, value: Value) -> bool:
    word = _plain(name, value)
    if word not in {"true", "false"}:
        raise StripeApiError(f"Invalid boolean: {word}", param=name)
    return word == "true"


def choice(*words: str) -> ParameterParser:
    def check(name: str, value: Value) -> str:
        word = _plain(name, value)
        if word not in words:
            raise StripeApiError(
                f"Invalid {name}: must be one of {', '.join(words)}", param=name
            )
        return word

    return check


def array(item: ParameterParser) -> ParameterParser:
    def check(name: str, value: Value) -> list[Any]:
        if isinstance(value, str) or not all(key.isdigit() for key in value):
            raise StripeApiError("Invalid array", param=name)
        return [item(f"{name}[{key}]", value[key]) for key in sorted(value, key=int)]

    return check


def nested_object(shape: ParameterSchema) -> ParameterParser:
    def check(name: str, value: Value) -> dict[str, Any]:
        if isinstance(value, str):
            raise StripeApiError("Invalid object", param=name)
        return shape.parse(value, inside=name)

    return check


def metadata(name: str, value: Value) -> dict[str, str]:
    """An empty value removes the key, as at Stripe."""
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
    if len(key) > MAX_METADATA_KEY:
        msg = f"Metadata keys are limited to {MAX_METADATA_KEY} characters"
        raise StripeApiError(msg, param=name)
    return key


def _metadata_value(name: str, value: Value) -> str:
    word = _plain(name, value)
    if len(word) > MAX_METADATA_VALUE:
        msg = f"Metadata values are limited to {MAX_METADATA_VALUE} characters"
        raise StripeApiError(msg, param=name)
    return word


_RANGE = ParameterSchema(
    {name: integer(minimum=0) for name in ("gt", "gte", "lt", "lte")}
)


def time_range(name: str, value: Value) -> dict[str, int]:
    """A time or a range of times, as bounds: `{"gte": 1700000000}`."""
    if isinstance(value, str):
        moment = integer(minimum=0)(name, value)
        return {"gte": moment, "lte": moment}
    return _RANGE.parse(value, inside=name)


def _plain(name: str, value: Value) -> str:
    if not isinstance(value, str):
        raise StripeApiError("Invalid string", param=name)
    return value


def _nested(inside: str, name: str) -> str:
    return f"{inside}[{name}]" if inside else name


def _not_integer(name: str, message: str) -> StripeApiError:
    return StripeApiError(message, code="parameter_invalid_integer", param=name)
