"""The other window that one is compared with. Pure."""

from datetime import datetime

from webapp.insights.query.analytics_query import Comparison, ComparisonKind
from webapp.insights.query.windows import (
    TimeRange,
    resolve_window,
    shift_before,
    shift_by_year,
    take_same_part,
)
from webapp.kit.weeks import WeekStart


def resolve_comparison(
    other: Comparison, window: TimeRange, *, now: datetime, week_start: WeekStart
) -> TimeRange:
    """Raises `BadWindow`."""
    if isinstance(other, ComparisonKind):
        shift = shift_before if other is ComparisonKind.PREVIOUS else shift_by_year
        return shift(window)
    whole = resolve_window(other, now=now, zone=window.zone, week_start=week_start)
    return whole if other.part is None else take_same_part(whole, window)
