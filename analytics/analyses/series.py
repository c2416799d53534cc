"""A metric by whole periods of time, without gaps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from analytics.analyses.context import AnalysisContext, CurrencyChoice, is_money
from analytics.semantic.dimension_keys import build_key, key_name
from analytics.semantic.figures import select_window
from analytics.semantic.measures import MEASURES
from webapp.insights.query.periods import (
    Period,
    add_periods,
    find_period_start,
    iterate_periods,
)
from webapp.insights.query.windows import TimeRange, to_local
from webapp.kit.weeks import WeekStart

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MetricSeries:
    period: Period
    window: TimeRange
    """Of whole periods."""
    starts: Sequence[datetime]
    values: Values
    """In minor units, for money: whole numbers."""
    money: CurrencyChoice


def read_series(
    context: AnalysisContext, metric: str, window: TimeRange, period: Period
) -> MetricSeries:
    """Of the periods that lie whole in a window, from the first order of all to now."""
    window = _narrow_window(context, window, period)
    starts = list(_iterate_starts(window, period, context.week_start))
    lines = select_window(context.matching, window)
    counts = context.count_lines(lines, window, counted=MEASURES[metric].lines)
    money = CurrencyChoice(counts, context.home_currency)
    key = key_name(period)
    [figures] = context.aggregate(
        [
            (
                [key],
                metric,
                lines.with_columns(
                    build_key(period, context.zone, context.week_start).alias(key)
                ),
            )
        ]
    )
    rows = figures.total([key], in_home=money.is_mixed and is_money(metric))
    found = dict(rows.select(key, metric).iter_rows())
    values = np.array([found.get(start, 0) for start in starts], dtype=np.float64)
    return MetricSeries(period, window, starts, values, money)


def _narrow_window(
    context: AnalysisContext, window: TimeRange, period: Period
) -> TimeRange:
    """Of the period of the first order, a part is not known, unless a window begins with it."""
    first = to_local(context.first, context.zone)
    known = find_period_start(first, period, context.week_start)
    if known != first:
        known = add_periods(known, period, 1)
    start = known if window.start is None else max(known, window.start)
    whole = find_period_start(start, period, context.week_start)
    if whole != start:
        whole = add_periods(whole, period, 1)
    now = to_local(context.now, context.zone)
    end = find_period_start(window.end or now, period, context.week_start)
    return replace(
        window, start=whole, end=max(end, whole), is_running=False, full_end=None
    )


def _iterate_starts(
    window: TimeRange, period: Period, week_start: WeekStart
) -> Sequence[datetime]:
    if window.start is None or window.end is None:
        return ()
    return list(iterate_periods(window.start, window.end, period, week_start))
