"""What else a file knows of its products, under names that people read. Pure."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from webapp.imports.columns import RowValues
from webapp.imports.mapping import AttributeRules
from webapp.imports.values import parse_text

Value = str | int | float | bool
# `dimensions__wxdxh_` was written "Dimensions (WxDxH)" before someone made it a column.
BRACKETED = re.compile(r"__([a-z0-9_]+?)_(?=_|$)")
LONGEST_VALUE = 2_000


class AttributeReader:
    """Remembers the names it has cleaned: files have few of them and many rows."""

    def __init__(self, rules: AttributeRules) -> None:
        self._rules = rules
        self._names: dict[str, str | None] = {}

    def read_attributes(self, row: RowValues) -> dict[str, Value]:
        """Two columns that end up under one name are both kept, as a text."""
        found: dict[str, Value] = {}
        for name, value in self._read(row):
            known = found.get(name, value)
            found[name] = value if known == value else f"{known}, {value}"
        return found

    def _read(self, row: RowValues) -> Iterator[tuple[str, Value]]:
        held = row.get(self._rules.column) if self._rules.column else None
        if isinstance(held, Mapping):
            for given, content in held.items():
                name = self._name(given)
                value = None if name is None else clean(content, given)
                if name is not None and value is not None:
                    yield name, value
        for name, column in self._rules.columns.items():
            value = clean(column.extract_value(row), name)
            if value is not None:
                yield name, value

    def _name(self, given: str) -> str | None:
        """The readable name, or `None` for one that is dropped."""
        if given not in self._names:
            self._names[given] = self._cleaned(given)
        return self._names[given]

    def _cleaned(self, given: str) -> str | None:
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


def clean(value: Any, name: str) -> Value | None:
    """Numbers without needless decimals, trimmed text; nothing for what is empty."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        value = Decimal(str(value))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return None
    words = parse_text(value, name)
    return None if words is None else words[:LONGEST_VALUE]
