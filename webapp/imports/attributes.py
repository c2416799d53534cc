"""Reads product attributes from a file, under readable names. Pure."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from webapp.imports.columns import RowValues
from webapp.imports.mapping import AttributeRules
from webapp.imports.values import parse_text

Value = str | int | float | bool
# `dimensions__wxdxh_` was "Dimensions (WxDxH)" before it became a column name.
BRACKETED = re.compile(r"__([a-z0-9_]+?)_(?=_|$)")
MAX_VALUE_LENGTH = 2_000


class AttributeReader:
    """Reads the attributes of rows; caches the names it cleaned: few names, many rows."""

    def __init__(self, rules: AttributeRules) -> None:
        self._rules = rules
        self._names: dict[str, str | None] = {}

    def read_attributes(self, row: RowValues) -> dict[str, Value]:
        """Read the attributes of a row; values of columns with one name are joined as text."""
        attributes: dict[str, Value] = {}
        for name, value in self._iterate(row):
            earlier = attributes.get(name, value)
            attributes[name] = value if earlier == value else f"{earlier}, {value}"
        return attributes

    def _iterate(self, row: RowValues) -> Iterator[tuple[str, Value]]:
        nested = row.get(self._rules.column) if self._rules.column else None
        if isinstance(nested, Mapping):
            for given, content in nested.items():
                name = self._clean_name(given)
                value = None if name is None else clean_value(content, given)
                if name is not None and value is not None:
                    yield name, value
        for name, column in self._rules.columns.items():
            value = clean_value(column.extract_value(row), name)
            if value is not None:
                yield name, value

    def _clean_name(self, given: str) -> str | None:
        """Return the readable name, or `None` for one that is dropped."""
        if given not in self._names:
            self._names[given] = self._format_unless_dropped(given)
        return self._names[given]

    def _format_unless_dropped(self, given: str) -> str | None:
        bare = re.sub(self._rules.remove_prefix or r"(?!)", "", given, count=1)
        if any(fnmatchcase(bare, pattern) for pattern in self._rules.drop):
            return None
        return format_attribute_name(bare, self._rules.capitals)


def format_attribute_name(name: str, capitals: frozenset[str]) -> str:
    """`n_hdmi_ports` → `HDMI ports`; `weight__imperial_` → `Weight (imperial)`."""
    bracketed = BRACKETED.sub(r" (\1) ", name)
    words = bracketed.replace("_", " ").split()
    written = [word.upper() if word.strip("()") in capitals else word for word in words]
    sentence = " ".join(written)
    return sentence[:1].upper() + sentence[1:]


def clean_value(value: Any, name: str) -> Value | None:
    """Convert to a number without a zero fraction or to trimmed text; `None` if empty."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        value = Decimal(str(value))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return None
    text = parse_text(value, name)
    return None if text is None else text[:MAX_VALUE_LENGTH]
