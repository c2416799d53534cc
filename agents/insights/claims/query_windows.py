"""The days that a query's result is about, and those that it is compared with. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agents.local.language.readings import DaySpan
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.comparisons import resolve_comparison
from webapp.insights.query.definitions import PERIODS
from webapp.insights.query.periods import Period, add_periods, iterate_periods
from webapp.insights.query.windows import (
    TimeRange,
    resolve_window,
)
from webapp.kit.time_zones import parse_zone
from webapp.kit.weeks import WeekStart


@dataclass(frozen=True)
class ComparedWindows:
    window: DaySpan
    compared: DaySpan | None
    before: tuple[tuple[DaySpan, DaySpan], ...] = ()
    """The period of each row, with the one that it is compared with."""

    def find_before(self, period: DaySpan) -> DaySpan | None:
        return dict(self.before).get(period)


def resolve_query_windows(query: AnalyticsQuery) -> ComparedWindows:
    """Those of the query of a result, which has its zone and the time it was asked at."""
    zone = parse_zone(query.time_zone or "UTC")
    now = query.as_of or datetime.now(UTC)
    window = resolve_window(
        query.window, now=now, zone=zone, week_start=query.first_weekday
    )
    compared = _resolve_compared(query, window, now)
    period = next((Period(name) for name in query.group_by if name in PERIODS), None)
    return ComparedWindows(
        DaySpan(window.first_day, window.last_day),
        DaySpan(compared.first_day, compared.last_day) if compared else None,
        tuple(_pair_periods(window, compared, period, query.first_weekday))
        if compared and period
        else (),
    )


def _resolve_compared(
    query: AnalyticsQuery, window: TimeRange, now: datetime
) -> TimeRange | None:
    other = query.compare_to
    if other is None:
        return None
    return resolve_comparison(other, window, now=now, week_start=query.first_weekday)


def _pair_periods(
    window: TimeRange, compared: TimeRange, period: Period, week_start: WeekStart
) -> list[tuple[DaySpan, DaySpan]]:
    pairs = zip(
        _list_periods(window, period, week_start),
        _list_periods(compared, period, week_start),
        strict=False,
    )
    return list(pairs)


def _list_periods(
    window: TimeRange, period: Period, week_start: WeekStart
) -> list[DaySpan]:
    if window.start is None or window.end is None:
        return []
    return [
        DaySpan(
            start.date(), (add_periods(start, period, 1) - timedelta(seconds=1)).date()
        )
        for start in iterate_periods(window.start, window.end, period, week_start)
    ]
