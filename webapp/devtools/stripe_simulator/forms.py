"""Parses nested form parameters: `a[b][c]=1`, `list[]=x`, `list[0]=x`."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from webapp.devtools.stripe_simulator.errors import StripeApiError

Value: TypeAlias = "str | dict[str, Value]"
Form = dict[str, Value]

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")


def parse_form(pairs: Iterable[tuple[str, str]]) -> Form:
    """Parse name-value pairs into nested mappings.

    Lists become mappings with the keys "0", "1", …: only the parameter's declaration says
    whether `metadata[0]` is a list's first entry or a key of a mapping.
    """
    form: Form = {}
    for name, value in pairs:
        *groups, leaf = _split_name(name)
        container = form
        for step in groups:
            child = container.setdefault(_entry_key(step, container), {})
            if isinstance(child, str):
                raise _build_error(name)
            container = child
        container[_entry_key(leaf, container)] = value
    return form


def _split_name(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise _build_error(name)
    return [match[1], *_STEP.findall(match[2])]


def _entry_key(step: str, container: Form) -> str:
    return step or str(len(container))


def _build_error(name: str) -> StripeApiError:
    return StripeApiError(f"The parameter name {name!r} is malformed", param=name)
