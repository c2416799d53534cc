"""Months (UTC) by their names, as `2026-03`: by them the files of the dataset are divided."""

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl

from webapp.insights.query.periods import add_months


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Start of a month and of the next one."""
    start = datetime.fromisoformat(f"{month}-01")
    return start.replace(tzinfo=UTC), add_months(start, 1).replace(tzinfo=UTC)


def iterate_months(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each month that has some, by its name, in no particular order."""
    named = rows.with_columns(month=pl.col("at").dt.strftime("%Y-%m"))
    for (month,), frame in named.group_by("month"):
        yield str(month), frame.drop("month")
