"""Reports as JSON views: camelCase, money in major units. Pure."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from pydantic.alias_generators import to_camel

from analytics.reports import Receipt
from webapp.chat.reports import ReceiptView, ReportRow
from webapp.kit.clock import format_iso
from webapp.kit.json import to_json_amount

MINOR = "_minor"


def build_rows(table: pl.DataFrame, *, ranked: bool = False) -> list[ReportRow]:
    """One object per row; `ranked` numbers the rows of each currency from 1."""
    if ranked:
        rank = pl.int_range(1, pl.len() + 1).over("currency").alias("rank")
        table = table.with_columns(rank)
    return [
        {
            _build_key(column): _build_value(column, value)
            for column, value in row.items()
        }
        for row in table.iter_rows(named=True)
    ]


def _build_key(column: str) -> str:
    return to_camel(column.removesuffix(MINOR))


def _build_value(column: str, value: Any) -> Any:
    if column.endswith(MINOR):
        return None if value is None else to_json_amount(value)
    return value.isoformat() if isinstance(value, date) else value


def build_receipt_view(receipt: Receipt) -> ReceiptView:
    start, end = receipt.window_start, receipt.window_end
    return ReceiptView(
        metric=receipt.metric,
        query=receipt.query,
        window_start=start and format_iso(start),
        window_end=end and format_iso(end),
        first_day=start and start.date().isoformat(),
        last_day=end and (end - timedelta(microseconds=1)).date().isoformat(),
        time_zone=receipt.time_zone,
        rows_read=receipt.rows_read,
        rows_counted=receipt.rows_counted,
        as_of=format_iso(receipt.as_of),
        currencies=list(receipt.currencies),
        source=receipt.source,
    )
