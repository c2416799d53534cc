"""Windows of time: what a query asks for, and what it means at a time, in a zone. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from webapp.insights.query.errors import BadWindow
from webapp.insights.query.parts import QueryPart
from webapp.insights.query.periods import (
    Period,
    add_months,
    add_periods,
    find_period_start,
)
from webapp.kit.clock import format_iso
from webapp.kit.json import OmittedIfNone
from webapp.kit.weeks import WeekStart

MAX_COUNT = 10_000
DAY = timedelta(days=1)
CLOCK_SKEW = timedelta(minutes=1)
"""A clock that is ahead of the shop's by no more than this asks now."""
WRITTEN_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _check_day(value: object) -> object:
    """Pydantic would take a number for seconds since 1970."""
    if isinstance(value, date) or (
        isinstance(value, str) and WRITTEN_DAY.fullmatch(value.strip())
    ):
        return value
    msg = "must be a day, written YYYY-MM-DD"
    raise ValueError(msg)


Day = Annotated[date, BeforeValidator(_check_day)]


class AbsoluteWindow(QueryPart):
    """Whole days; a side that is left out is open."""

    first_day: OmittedIfNone[Day] = None
    last_day: OmittedIfNone[Day] = None
    """Included."""

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.first_day is None and self.last_day is None:
            msg = "needs firstDay or lastDay"
            raise ValueError(msg)
        if self.first_day and self.last_day and self.last_day < self.first_day:
            msg = "lastDay is before firstDay"
            raise ValueError(msg)
        return self


class RelativeWindow(QueryPart):
    """Whole periods, counted back from the time of the question."""

    unit: Period
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)] = 1
    offset: Annotated[int, Field(ge=-MAX_COUNT, le=MAX_COUNT)] = 0
    """How many periods before the running one the last one of the window is: with unit `month`, 0
    is this month so far, 1 is last month."""


@dataclass(frozen=True)
class TimeRange:
    """From `start` up to, not including, `end`: local times on the clock of `zone`; `None` leaves
    that side open."""

    start: datetime | None
    end: datetime | None
    zone: ZoneInfo
    unit: Period | None = None
    """The period it was asked for in, if it was."""
    is_running: bool = False
    """Whether it ends now because it is not over."""
    full_end: datetime | None = None
    """Where a running one would end, if it has an end."""

    @property
    def first_day(self) -> date | None:
        return self.start and self.start.date()

    @property
    def last_day(self) -> date | None:
        """Included."""
        return self.end and (self.end - timedelta(microseconds=1)).date()

    @property
    def start_instant(self) -> datetime | None:
        return self.start and to_instant(self.start, self.zone)

    @property
    def end_instant(self) -> datetime | None:
        return self.end and to_instant(self.end, self.zone)

    @property
    def instants(self) -> tuple[datetime | None, datetime | None]:
        return self.start_instant, self.end_instant


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local time in UTC; of one that comes twice, the first."""
    return local.replace(tzinfo=zone).astimezone(UTC)


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def resolve_now(as_of: datetime | None, now: datetime) -> datetime:
    """The time at which a question is asked: `now`, or the one before it that it names.

    Raises `BadWindow` for one that is still to come.
    """
    if as_of is None:
        return now
    if as_of > now + CLOCK_SKEW:
        raise BadWindow(
            f"asOf {format_iso(as_of)} is still to come: it is {format_iso(now)}, and a clock may "
            f"be ahead by {CLOCK_SKEW.seconds} seconds",
            possible=[f"asOf until {format_iso(now)}", "no asOf, which is now"],
        )
    return min(as_of, now)


def resolve_window(
    window: AbsoluteWindow | RelativeWindow | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    week_start: WeekStart = WeekStart.MONDAY,
) -> TimeRange:
    """Resolve a window at an instant. One that is not over ends `now`.

    Raises `BadWindow` for one that has not begun, or is beyond the calendar.
    """
    local_now = to_local(now, zone)
    try:
        full = _resolve_whole(window, local_now, zone, week_start)
    except OverflowError as error:
        raise BadWindow(
            "That is beyond the calendar, which ends in 9999",
            possible=[f"days from {date.min} to {date.max}"],
        ) from error
    if full.start is not None and full.start > local_now:
        raise BadWindow(
            f"{full.start.date()} is still to come; nothing is known of it",
            possible=[f"windows that begin until {local_now.date()}"],
        )
    if full.end is None or full.end > local_now:
        return replace(full, end=local_now, is_running=True, full_end=full.end)
    return full


def _resolve_whole(
    window: AbsoluteWindow | RelativeWindow | None,
    now: datetime,
    zone: ZoneInfo,
    week_start: WeekStart,
) -> TimeRange:
    if window is None:
        return TimeRange(None, None, zone)
    if isinstance(window, RelativeWindow):
        running = find_period_start(now, window.unit, week_start)
        end = add_periods(running, window.unit, 1 - window.offset)
        start = add_periods(end, window.unit, -window.count)
        return TimeRange(start, end, zone, window.unit)
    first, last = window.first_day, window.last_day
    return TimeRange(
        None if first is None else datetime.combine(first, time()),
        None if last is None else datetime.combine(last + DAY, time()),
        zone,
    )


def shift_before(window: TimeRange) -> TimeRange:
    """The window of the same length immediately before: months before whole months, else days. Of
    a running one, the same part is taken.

    Raises `BadWindow` for a window that is open.
    """
    start, end = _require_bounds(window)
    unit, count = _measure_length(start, window.full_end or end, window.unit)
    return _shift_window(window, unit, -count)


def shift_by_year(window: TimeRange) -> TimeRange:
    """The same dates a year before. Raises `BadWindow` for a window that is open."""
    _require_bounds(window)
    return _shift_window(window, Period.YEAR, -1)


def take_same_part(other: TimeRange, window: TimeRange) -> TimeRange:
    """Of another window, as much as has passed of a running one. Raises `BadWindow` for one that is
    open."""
    if window.full_end is None:
        return other
    start, end = _require_bounds(window)
    other_start, other_end = _require_bounds(other)
    unit, _ = _measure_length(start, window.full_end, window.unit)
    months = _count_months(start, other_start)
    is_by_months = unit is Period.MONTH and add_months(start, months) == other_start
    passed = add_months(end, months) if is_by_months else other_start + (end - start)
    if passed >= other_end:
        return other
    return replace(other, end=passed, is_running=False, full_end=None)


def _shift_window(window: TimeRange, unit: Period, count: int) -> TimeRange:
    """Of a running window, as much is taken of the other one as has passed of it: up to the same
    time of the same day, or its end if that is sooner."""
    start, end = _require_bounds(window)
    try:
        shifted_start = add_periods(start, unit, count)
        shifted_end = add_periods(end, unit, count)
        if window.full_end is not None:
            whole_end = add_periods(window.full_end, unit, count)
            if not unit.months:
                shifted_end = shifted_start + (end - start)
            shifted_end = min(shifted_end, whole_end)
    except OverflowError as error:
        raise BadWindow(
            "There is nothing before the year 1 to compare with",
            possible=["a later window", "compareTo another window"],
        ) from error
    return TimeRange(shifted_start, shifted_end, window.zone, window.unit)


def _require_bounds(window: TimeRange) -> tuple[datetime, datetime]:
    if window.start is None or window.end is None:
        raise BadWindow(
            "Only a window with a first day can be compared with another",
            possible=["a window with firstDay", "a window of units"],
        )
    return window.start, window.end


def _count_months(start: datetime, end: datetime) -> int:
    """From the month of the one to that of the other."""
    return (end.year - start.year) * 12 + end.month - start.month


def _measure_length(
    start: datetime, end: datetime, unit: Period | None
) -> tuple[Period, int]:
    """The length in months if it is whole months, else in days or hours."""
    months = _count_months(start, end)
    if months and start.day == 1 and add_months(start, months) == end:
        return Period.MONTH, months
    if unit is Period.HOUR:
        return unit, round((end - start) / unit.length)
    return Period.DAY, -(-(end - start) // DAY)
