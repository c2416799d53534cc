"""Orders and revenue over time. Frames in, frames out.

Figures are computed in two steps, so that partitions can be processed separately:
`aggregate_by_period` on each partition, `sum_periods` on their results.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl

from analytics.errors import TooManyPeriods
from analytics.measures import MEASURES, SUMS
from analytics.window import Granularity, Selection

KEYS = ("currency", "period")
MAX_PERIODS = 400
"""Of all currencies together; more are asked for by mistake, and nobody reads them."""


def aggregate_by_period(
    lines: pl.LazyFrame, *, granularity: Granularity, time_zone: str
) -> pl.LazyFrame:
    """Measures by currency and period; a period is identified by its first day.

    `first_day` is the first day in the period that has a line.
    """
    local = pl.col("at").dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
    period = local.dt.truncate(granularity.interval).dt.date().alias("period")
    return lines.group_by("currency", period).agg(
        *MEASURES, first_day=local.min().dt.truncate("1d")
    )


def sum_periods(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat(parts).group_by(KEYS).agg(*SUMS, pl.col("first_day").min()).sort(KEYS)
    )


def with_growth(
    periods: pl.DataFrame,
    *,
    granularity: Granularity,
    selection: Selection,
    as_of: datetime,
) -> pl.DataFrame:
    """Every period of the window in order, empty ones too, with growth over the previous one.

    `is_complete` is whether both the window and the facts cover the whole period; the facts
    of an open window begin on the first day that has a line in any currency. Growth is null
    where either period is incomplete, or the earlier revenue is not positive: a month that
    has just begun is not a decline.

    Raises `TooManyPeriods`.
    """
    if periods.is_empty():
        return periods.drop("first_day").with_columns(
            is_complete=pl.lit(None, pl.Boolean),
            growth_percent=pl.lit(None, pl.Float64),
        )
    revenue, complete = pl.col("revenue_minor"), pl.col("is_complete")
    previous = revenue.shift(1).over("currency")
    comparable = complete & complete.shift(1).over("currency") & (previous > 0)
    growth = ((revenue - previous) * 100 / previous).round(1)
    covered_from = _covered_from(periods, selection)
    filled = _fill_gaps(
        periods.drop("first_day"),
        granularity=granularity,
        first=covered_from.date(),
        last=_last_day(periods, selection, as_of),
    )
    if filled.height > MAX_PERIODS:
        raise TooManyPeriods(filled.height)
    return filled.with_columns(
        is_complete=_is_complete(granularity, selection, covered_from, as_of)
    ).with_columns(growth_percent=pl.when(comparable).then(growth))


def _covered_from(periods: pl.DataFrame, selection: Selection) -> datetime:
    if selection.start is not None:
        return selection.to_local_time(selection.start)
    first_day: datetime = periods.select(pl.col("first_day").min()).item()
    return first_day


def _last_day(periods: pl.DataFrame, selection: Selection, as_of: datetime) -> date:
    """Last day to show; a window that reaches into the future ends today."""
    last: date = periods.select(pl.col("period").max()).item()
    if selection.end is None:
        return last
    end = min(selection.end, as_of) - timedelta(microseconds=1)
    return max(last, selection.to_local_time(end).date())


def _fill_gaps(
    periods: pl.DataFrame, *, granularity: Granularity, first: date, last: date
) -> pl.DataFrame:
    """Add a row of zeros for each period of the window that has no lines."""
    first_period = pl.lit(first).dt.truncate(granularity.interval)
    calendar = pl.select(period=pl.date_range(first_period, last, granularity.interval))
    return (
        periods.select(pl.col("currency").unique())
        .join(calendar, how="cross")
        .join(periods, on=KEYS, how="left")
        .with_columns(pl.exclude(KEYS).fill_null(0))
        .sort(KEYS)
    )


def _is_complete(
    granularity: Granularity,
    selection: Selection,
    covered_from: datetime,
    as_of: datetime,
) -> pl.Expr:
    period_start = pl.col("period").cast(pl.Datetime("us"))
    period_end = period_start.dt.offset_by(granularity.interval)
    covered_until = selection.to_local_time(min(selection.end or as_of, as_of))
    return (period_start >= covered_from) & (period_end <= covered_until)
