"""Reports as plain JSON: camelCase, money in major units. Pure."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from pydantic.alias_generators import to_camel

from agents.tools.context import Json
from agents.tools.views import to_amount
from analytics.reports import Receipt
from webapp.kit.clock import format_iso

MINOR = "_minor"


def table_view(table: pl.DataFrame, *, ranked: bool = False) -> list[Json]:
    """One object per row; `ranked` numbers the rows of each currency from 1."""
    if ranked:
        rank = pl.int_range(1, pl.len() + 1).over("currency").alias("rank")
        table = table.with_columns(rank)
    return [
        {_name(column): _value(column, value) for column, value in row.items()}
        for row in table.iter_rows(named=True)
    ]


def _name(column: str) -> str:
    return to_camel(column.removesuffix(MINOR))


def _value(column: str, value: Any) -> Any:
    if column.endswith(MINOR):
        return None if value is None else to_amount(value)
    return value.isoformat() if isinstance(value, date) else value


def receipt_view(receipt: Receipt) -> Json:
    start, end = receipt.window_start, receipt.window_end
    return {
        "metric": receipt.metric,
        "query": receipt.query,
        "windowStart": start and format_iso(start),
        "windowEnd": end and format_iso(end),
        "firstDay": start and start.date().isoformat(),
        "lastDay": end and (end - timedelta(microseconds=1)).date().isoformat(),
        "timeZone": receipt.time_zone,
        "rowsRead": receipt.rows_read,
        "rowsCounted": receipt.rows_counted,
        "asOf": format_iso(receipt.as_of),
        "currencies": list(receipt.currencies),
        "source": receipt.source,
    }
