"""The windows of a query and their periods, resolved once all lines' extent is known. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from zoneinfo import ZoneInfo

from analytics.facts.family_facts import FactRequest
from webapp.insights.query.analytics_query import (
    AnalyticsQuery,
    DerivedKind,
    Window,
)
from webapp.insights.query.comparisons import resolve_comparison
from webapp.insights.query.definitions import PERIODS
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.periods import (
    Period,
    add_periods,
    find_period_start,
    iterate_periods,
)
from webapp.insights.query.windows import (
    TimeRange,
    resolve_now,
    resolve_window,
    to_instant,
    to_local,
)
from webapp.kit.weeks import WeekStart

MAX_PERIODS = 20_000
LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
"""Before all facts: a query may look back as far as it says."""
DAYS_OF_A_WEEK = 7
LOOKING_BACK = {DerivedKind.CHANGE: 2, DerivedKind.MOVING_AVERAGE: 1}
"""The least number of periods that they are computed from."""


@dataclass(frozen=True)
class QueryWindows:
    query: AnalyticsQuery
    zone: ZoneInfo
    now: datetime
    first: datetime
    """Of all facts."""

    @cached_property
    def window(self) -> TimeRange:
        """Raises `BadWindow`, as the others do."""
        return self._resolve(self.query.window)

    def _resolve(self, window: Window | None) -> TimeRange:
        return resolve_window(
            window, now=self.now, zone=self.zone, week_start=self.week_start
        )

    @property
    def week_start(self) -> WeekStart:
        return self.query.first_weekday

    @cached_property
    def compared(self) -> TimeRange | None:
        other = self.query.compare_to
        if other is None:
            return None
        return resolve_comparison(
            other, self.window, now=self.now, week_start=self.week_start
        )

    @cached_property
    def period(self) -> Period | None:
        """The period that rows are of, if there is one."""
        named = [name for name in self.query.group_by if name in PERIODS]
        return Period(named[0]) if named else None

    @cached_property
    def lookback(self) -> TimeRange:
        """The window, and the periods before it that a derived column looks back to: as far as
        there are lines, since nothing is known of the time before them."""
        lengths = [
            each.length or LOOKING_BACK[each.kind]
            for each in self.query.derived
            if each.kind in LOOKING_BACK
        ]
        if self.period is None or not lengths:
            return self.window
        start, _ = self._bound(self.window)
        first = find_period_start(start, self.period, self.week_start)
        wanted = add_periods(first, self.period, 1 - max(lengths))
        known = find_period_start(
            to_local(self.first, self.zone), self.period, self.week_start
        )
        return TimeRange(min(max(wanted, known), start), self.window.end, self.zone)

    @property
    def cut_period_instant(self) -> datetime | None:
        """The start of the window's first period, of which the window may have a part."""
        start = self.window.start
        if self.period is None or start is None:
            return None
        first = find_period_start(start, self.period, self.week_start)
        return to_instant(first, self.zone)

    def list_periods(self, window: TimeRange) -> Sequence[datetime]:
        """The keys of a window's periods (`dimension_keys.build_period_key`), without a gap.

        Raises `ImpossibleQuery` for too many.
        """
        if self.period is None:
            return ()
        start, end = self._bound(window)
        if self.period is Period.HOUR:
            keys = _iterate_hours(start, end, self.zone)
        else:
            keys = iterate_periods(start, end, self.period, self.week_start)
        found: list[datetime] = []
        for key in keys:
            found.append(key)
            if len(found) > MAX_PERIODS:
                raise ImpossibleQuery(
                    f"The window has more than {MAX_PERIODS:,} of the period {self.period}",
                    possible=["a longer period", "a shorter window"],
                )
        return found

    def list_weekdays(self, window: TimeRange, *, since: datetime) -> set[int]:
        """The weekdays, 1 to 7, of the days of a window from a local time on."""
        start, end = self._bound(window)
        days = iterate_periods(max(start, since), end, Period.DAY)
        return {day.isoweekday() for day in islice(days, DAYS_OF_A_WEEK)}

    def _bound(self, window: TimeRange) -> tuple[datetime, datetime]:
        """The window on the local clock; an open one begins with the first line."""
        start = window.start or to_local(self.first, self.zone)
        end = window.end or to_local(self.now, self.zone)
        # A window that begins now has one period, not none.
        return start, max(end, start + timedelta(microseconds=1))


def build_fact_request(
    query: AnalyticsQuery, as_of: datetime, zone: ZoneInfo
) -> FactRequest:
    """What a query needs of facts that are read for it, up to `as_of`, and of days in the shop's
    zone. Raises `BadWindow`."""
    now = resolve_now(query.as_of, as_of)
    windows = QueryWindows(query, zone, now, LONG_AGO)
    needed = [windows.window, windows.lookback, windows.compared]
    return FactRequest(
        zone=zone,
        now=now,
        ranges=[(each.start_instant, each.end_instant) for each in needed if each],
        grouped=frozenset(query.group_by),
        filtered=frozenset(each.dimension for each in query.filters),
        metrics=frozenset(query.metrics),
        week_start=query.first_weekday,
    )


def _iterate_hours(
    start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """The instants at which hours begin on the clock of a zone: 23 or 25 on some days."""
    current = _floor_hour(start.replace(tzinfo=zone).astimezone(UTC), zone)
    last = end.replace(tzinfo=zone).astimezone(UTC)
    while current < last:
        yield current
        following = _floor_hour(current + timedelta(hours=1), zone)
        current = max(following, current + timedelta(minutes=30))


def _floor_hour(instant: datetime, zone: ZoneInfo) -> datetime:
    local = instant.astimezone(zone)
    return instant - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
