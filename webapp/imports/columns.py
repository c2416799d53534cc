"""How a mapping names a column of the file, and what becomes of its values. Pure."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    model_validator,
)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as problem:
        msg = f"{text!r} is not a regular expression: {problem}"
        raise ValueError(msg) from problem
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        msg = f"{name!r} is not a time zone such as Europe/London"
        raise ValueError(msg) from problem
    return name


Pattern = Annotated[str, AfterValidator(_pattern)]
RowValues = Mapping[str, Any]


class MappingModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(MappingModel):
    """Where a value comes from: a column of the file, or the same for all rows."""

    column: str | None = None
    constant: str | int | float | bool | None = None
    default: str | int | float | bool | None = None
    """Taken when the column is empty."""
    values: dict[str, str] = {}
    """Words of the file → ours; a word that is not listed stays."""
    remove: Pattern | None = None
    """What is cut out of the text, as a regular expression."""
    unit: Literal["major", "minor"] = "major"
    """Of prices: 12.50 or 1250."""
    decimal: Literal[".", ","] = "."
    """Of prices: how the file writes the decimal point."""
    format: str | None = None
    """Of dates: as in Python's `strptime`; ISO 8601 and unix milliseconds need none."""
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Of dates that say none themselves."""

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            msg = "give either a column or a constant"
            raise ValueError(msg)
        return self

    @cached_property
    def _removed(self) -> re.Pattern[str] | None:
        return None if self.remove is None else re.compile(self.remove)

    def extract_value(self, row: RowValues) -> Any:
        if self.column is None:
            return self.constant
        value = row.get(self.column)
        if value is None and "." in self.column:
            value = _nested(row, self.column)
        if self._removed is not None and isinstance(value, str):
            value = self._removed.sub("", value)
        if value is None or value == "":
            return self.default
        return self.values.get(str(value), value) if self.values else value


def _nested(row: RowValues, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _column(given: object) -> object:
    return {"column": given} if isinstance(given, str) else given


ColumnSpec = Annotated[Column, BeforeValidator(_column)]
"""A column by its name alone, or with options."""
