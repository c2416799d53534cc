"""Orders and revenue over time. Frames in, frames out.

Figures are made in two steps, so that partitions can be worked on apart: `by_period` over
each partition, `add_up` over what they gave.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl

from analytics.measures import MEASURES, SUMS
from analytics.window import Grain, Selection

KEYS = ("currency", "period")


def by_period(lines: pl.LazyFrame, *, grain: Grain, time_zone: str) -> pl.LazyFrame:
    """Measures a currency and period; a period is named by its first day."""
    local = pl.col("at").dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
    period = local.dt.truncate(grain.interval).dt.date().alias("period")
    return lines.group_by("currency", period).agg(MEASURES)


def add_up(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).group_by(KEYS).agg(SUMS).sort(KEYS)


def with_growth(
    periods: pl.DataFrame, *, grain: Grain, selection: Selection, as_of: datetime
) -> pl.DataFrame:
    """Every period of the window in order, empty ones too, each against the one before.

    `is_complete` tells whether both the window and the facts cover the whole period.
    Growth is empty where either side is not complete, or the earlier revenue is not
    positive: a month that has just begun is no fall.
    """
    if periods.is_empty():
        return periods.with_columns(
            is_complete=pl.lit(None, pl.Boolean),
            growth_percent=pl.lit(None, pl.Float64),
        )
    revenue, complete = pl.col("revenue_minor"), pl.col("is_complete")
    before = revenue.shift(1).over("currency")
    comparable = complete & complete.shift(1).over("currency") & (before > 0)
    growth = ((revenue - before) * 100 / before).round(1)
    return (
        _without_gaps(periods, grain=grain, selection=selection, as_of=as_of)
        .with_columns(is_complete=_is_complete(grain, selection, as_of))
        .with_columns(growth_percent=pl.when(comparable).then(growth))
    )


def _without_gaps(
    periods: pl.DataFrame, *, grain: Grain, selection: Selection, as_of: datetime
) -> pl.DataFrame:
    """Adds a row of zeros for each period of the window in which nothing happened."""
    first, last = _bounds(periods, selection, as_of)
    begin = pl.lit(first).dt.truncate(grain.interval)
    calendar = pl.select(period=pl.date_range(begin, last, grain.interval))
    return (
        periods.select(pl.col("currency").unique())
        .join(calendar, how="cross")
        .join(periods, on=KEYS, how="left")
        .with_columns(pl.exclude(KEYS).fill_null(0))
        .sort(KEYS)
    )


def _bounds(
    periods: pl.DataFrame, selection: Selection, as_of: datetime
) -> tuple[date, date]:
    """First and last day to show; a window that reaches into the future ends today."""
    [(first, last)] = periods.select(
        pl.col("period").min(), pl.col("period").max().alias("last")
    ).rows()
    if selection.start is not None:
        first = selection.local(selection.start).date()
    if selection.end is not None:
        end = min(selection.end, as_of) - timedelta(microseconds=1)
        last = max(last, selection.local(end).date())
    return first, last


def _is_complete(grain: Grain, selection: Selection, as_of: datetime) -> pl.Expr:
    begins = pl.col("period").cast(pl.Datetime("us"))
    ends = begins.dt.offset_by(grain.interval)
    known_until = min(selection.end or as_of, as_of)
    complete = ends <= selection.local(known_until)
    if selection.start is not None:
        complete &= begins >= selection.local(selection.start)
    return complete
