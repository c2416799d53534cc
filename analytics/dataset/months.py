"""Months (UTC) by their names, as `2026-03`: by them the files of the dataset are divided."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Start of a month and of the next one."""
    first_day = date.fromisoformat(f"{month}-01")
    next_first = date(
        first_day.year + first_day.month // 12, first_day.month % 12 + 1, 1
    )
    return _to_midnight(first_day), _to_midnight(next_first)


def iterate_months(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each month that has some, by its name, in no particular order."""
    named = rows.with_columns(month=pl.col("at").dt.strftime("%Y-%m"))
    for (month,), frame in named.group_by("month"):
        yield str(month), frame.drop("month")


def _to_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
