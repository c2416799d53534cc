"""Parses lines into JSON objects, one per line."""

import json
from collections.abc import Iterator
from decimal import Decimal

from webapp.imports.lines import LineReader
from webapp.imports.row import Row


def read_json_rows(lines: LineReader) -> Iterator[Row]:
    # Numbers are parsed as decimals: 19.99 as a float is not 19.99.
    decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_reject_constant)
    for line in lines:
        if line.isspace():
            continue
        try:
            values = decoder.decode(line)
        except (ValueError, RecursionError) as error:
            reason = f"is not JSON: {error}"
            yield Row.unreadable(lines.number, line, reason)
            continue
        if isinstance(values, dict):
            yield Row(lines.number, values)
        else:
            yield Row.unreadable(lines.number, line, "is not a JSON object")


def _reject_constant(constant: str) -> None:
    msg = f"{constant} is not a number"
    raise ValueError(msg)
