"""Column specifications of a mapping: where a value comes from, how it is cleaned. Pure."""

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

from webapp.imports.numbers import DecimalSeparator


def _validate_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        msg = f"{text!r} is not a regular expression: {error}"
        raise ValueError(msg) from error
    return text


def _validate_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"{name!r} is not a time zone such as Europe/London"
        raise ValueError(msg) from error
    return name


Pattern = Annotated[str, AfterValidator(_validate_pattern)]
RowValues = Mapping[str, Any]


class MappingModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(MappingModel):
    """Where a value comes from: a column of the file, or a constant for all rows."""

    column: str | None = None
    constant: str | int | float | bool | None = None
    default: str | int | float | bool | None = None
    """Value where the column is empty."""
    values: dict[str, str] = {}
    """Value of the file → value of the shop; one that is not listed stays as it is."""
    remove: Pattern | None = None
    """Regular expression; matches are removed from the text."""
    unit: Literal["major", "minor"] = "major"
    """For prices: 12.50 or 1250."""
    decimal: DecimalSeparator | None = None
    """For numbers: the column's decimal separator, where it is not that of the mapping."""
    format: str | None = None
    """For dates: as in Python's `strptime`; ISO 8601 and unix milliseconds need none."""
    time_zone: Annotated[str, AfterValidator(_validate_zone)] = "UTC"
    """For dates without a time zone."""

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
        value = self._find_value(row, self.column)
        if self._removed is not None and isinstance(value, str):
            value = self._removed.sub("", value)
        if value is None or value == "":
            return self.default
        return self.values.get(str(value), value) if self.values else value

    def is_given(self, row: RowValues) -> bool:
        """Whether the row has the column, also with nothing in it."""
        return self.column is None or self._find_value(row, self.column) is not None

    def _find_value(self, row: RowValues, column: str) -> Any:
        value = row.get(column)
        if value is None and "." in column:
            return _read_nested(row, column)
        return value


def _read_nested(row: RowValues, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _normalize_column(given: object) -> object:
    return {"column": given} if isinstance(given, str) else given


ColumnSpec = Annotated[Column, BeforeValidator(_normalize_column)]
"""A column given by its name alone, or with options."""
