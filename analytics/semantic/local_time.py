"""The clock of a time zone, for columns of times.

Polars looks up the offset of each time by itself, which costs more than all else in a query by
month. Here it is looked up once for all times between two changes of the clock.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

import polars as pl

from webapp.insights.query.periods import (
    Period,
    add_periods,
    iterate_periods,
)
from webapp.insights.query.windows import to_instant
from webapp.kit.weeks import WeekStart

LOCAL = pl.Datetime("us")
INSTANT = pl.Int64()
"""Microseconds since 1970."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
"""The shortest time that facts tell apart."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClockSteps:
    """Times in their order, since 1970, and the value that there is from each of them on."""

    since: Sequence[int]
    values: Sequence[int]

    @classmethod
    def collect(cls, steps: Iterable[tuple[int, int]]) -> Self:
        since, values = zip(*steps, strict=True)
        return cls(since, values)

    def find_range(self, first: int, last: int) -> tuple[int, int]:
        """The place of the value at the first of some times, and that after the value at the
        last."""
        return bisect_right(self.since, first) - 1, bisect_right(self.since, last)


def localize_times(times: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """Naive times on the clock of a zone, of times in UTC to the microsecond."""
    shift = partial(_shift_times, zone=zone)
    return times.map_batches(shift, return_dtype=LOCAL, is_elementwise=True)


def floor_times(
    times: pl.Expr,
    period: Period,
    zone: ZoneInfo,
    week_start: WeekStart = WeekStart.MONDAY,
) -> pl.Expr:
    """The local starts of the periods, other than hours, that contain times in UTC."""
    floor = partial(_floor_times, period=period, zone=zone, week_start=week_start)
    return times.map_batches(floor, return_dtype=LOCAL, is_elementwise=True)


def _shift_times(times: pl.Series, zone: ZoneInfo) -> pl.Series:
    offsets = _find_values(times, partial(_list_offsets, zone))
    return (times.cast(INSTANT) + offsets).cast(LOCAL)


def _floor_times(
    times: pl.Series, period: Period, zone: ZoneInfo, week_start: WeekStart
) -> pl.Series:
    list_starts = partial(_list_starts, zone, period, week_start)
    return _find_values(times, list_starts).cast(LOCAL)


def _find_values(
    times: pl.Series, list_values: Callable[[int, int], ClockSteps]
) -> pl.Series:
    """Of each time the value since then, among those of the years of all times."""
    instants = times.cast(INSTANT)
    if times.has_nulls() or not instants.is_sorted():
        return _look_up_values(times, list_values)
    if times.is_empty():
        return instants
    # The lines of a file are in the order of their times: few runs of lines have one value each.
    steps = list_values(times[0].year, times[-1].year)
    start, end = steps.find_range(instants[0], instants[-1])
    inner = [bisect_left(instants, each) for each in steps.since[start + 1 : end]]
    bounds = pairwise([0, *inner, len(times)])
    values = pl.Series(times.name, steps.values[start:end], dtype=INSTANT)
    runs = (
        values.new_from_index(n, last - first) for n, (first, last) in enumerate(bounds)
    )
    return pl.concat(runs)


def _look_up_values(
    times: pl.Series, list_values: Callable[[int, int], ClockSteps]
) -> pl.Series:
    first, last = times.min(), times.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return times.cast(INSTANT)
    steps = list_values(first.year, last.year)
    # Of what has no time the value does not matter.
    known = times.cast(INSTANT).fill_null(strategy="min")
    since, values_since = (
        pl.Series(values=each, dtype=pl.Int64()) for each in (steps.since, steps.values)
    )
    found = since.search_sorted(known, side="right").cast(pl.Int64()) - 1
    values = values_since.gather(found).alias(times.name)
    return pl.select(pl.when(times.is_not_null()).then(values)).to_series()


@lru_cache(maxsize=1024)
def _list_starts(
    zone: ZoneInfo,
    period: Period,
    week_start: WeekStart,
    first_year: int,
    last_year: int,
) -> ClockSteps:
    """The starts of all periods of which a part is in these years of UTC."""
    first = add_periods(datetime(first_year, 1, 1), period, -1)  # noqa: DTZ001
    end = datetime(last_year + 1, 1, 3)  # noqa: DTZ001
    starts = iterate_periods(first, end, period, week_start)
    return ClockSteps.collect(
        (
            _count_microseconds(to_instant(each, zone)),
            _count_microseconds(each.replace(tzinfo=UTC)),
        )
        for each in starts
    )


@lru_cache(maxsize=1024)
def _list_offsets(zone: ZoneInfo, first_year: int, last_year: int) -> ClockSteps:
    """What the clock is ahead of UTC from the beginning of these years, and from each change on."""
    time = datetime(first_year, 1, 1, tzinfo=UTC)
    steps = [_describe_offset(zone, time)]
    while time.year <= last_year:
        following = time + DAY
        if _find_offset(zone, time) != _find_offset(zone, following):
            change = _find_change(zone, time, following)
            steps.append(_describe_offset(zone, change))
        time = following
    return ClockSteps.collect(steps)


def _find_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second after which the clock is what it is `after`."""
    offset = _find_offset(zone, after)
    while after - before > SECOND:
        middle = before + (after - before) // SECOND // 2 * SECOND
        if _find_offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after


def _describe_offset(zone: ZoneInfo, time: datetime) -> tuple[int, int]:
    return _count_microseconds(time), _find_offset(zone, time) // MICROSECOND


def _count_microseconds(time: datetime) -> int:
    return (time - EPOCH) // MICROSECOND


def _find_offset(zone: ZoneInfo, time: datetime) -> timedelta:
    return time.astimezone(zone).utcoffset() or timedelta()
