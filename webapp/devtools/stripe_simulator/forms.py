"""Reads nested form parameters: `a[b][c]=1`, `list[]=x`, `list[0]=x`."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from webapp.devtools.stripe_simulator.errors import StripeApiError

Value: TypeAlias = "str | dict[str, Value]"
Form = dict[str, Value]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


def parse_form(pairs: Iterable[tuple[str, str]]) -> Form:
    """Lists stay objects with the keys "0", "1", …: only the parameter's declaration
    knows whether `metadata[0]` is a list's first entry or a key of a mapping."""
    form: Form = {}
    for name, value in pairs:
        *groups, leaf = _steps(name)
        place = form
        for step in groups:
            deeper = place.setdefault(_key(step, place), {})
            if isinstance(deeper, str):
                raise _malformed(name)
            place = deeper
        place[_key(leaf, place)] = value
    return form


def _steps(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise _malformed(name)
    return [match[1], *_STEP.findall(match[2])]


def _key(step: str, place: Form) -> str:
    return step or str(len(place))


def _malformed(name: str) -> StripeApiError:
    return StripeApiError(f"The parameter name {name!r} is malformed", param=name)
