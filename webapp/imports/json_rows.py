"""Parses lines into JSON objects, one per line."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from webapp.imports.column_names import MAX_COLUMNS, ColumnNames
from webapp.imports.lines import LineReader, UndecodableLine
from webapp.imports.row import Row


def read_json_rows(lines: LineReader, names: ColumnNames) -> Iterator[Row]:
    # Numbers are parsed as decimals: 19.99 as a float is not 19.99.
    decoder = json.JSONDecoder(
        parse_float=Decimal,
        parse_constant=_reject_constant,
        object_pairs_hook=_build_object,
    )
    for line in lines:
        if line.isspace():
            continue
        if isinstance(line, UndecodableLine):
            reason = lines.describe_undecodable()
            yield Row.unreadable(lines.number, line, reason)
            continue
        try:
            values = decoder.decode(line)
        except (ValueError, RecursionError) as error:
            reason = f"is not JSON: {error}"
            yield Row.unreadable(lines.number, line, reason)
            continue
        yield _read_object(lines.number, line, values, names)


def _read_object(number: int, line: str, values: Any, names: ColumnNames) -> Row:
    if not isinstance(values, dict):
        return Row.unreadable(number, line, "is not a JSON object")
    if len(values) > MAX_COLUMNS:
        problem = f"has {len(values):,} names, and at most {MAX_COLUMNS} are read"
        return Row.unreadable(number, line, problem)
    resolved = names.resolve_names(list(values))
    if len(set(resolved)) < len(resolved):
        return Row.unreadable(number, line, "has two names for one column")
    names.add_seen(resolved)
    return Row(number, dict(zip(resolved, values.values(), strict=True)))


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        msg = "an object has a name twice"
        raise ValueError(msg)
    return built


def _reject_constant(constant: str) -> None:
    msg = f"{constant} is not a number"
    raise ValueError(msg)
