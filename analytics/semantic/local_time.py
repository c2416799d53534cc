"""The clock of a time zone, for columns of times.

Polars looks up the offset of each time by itself, which costs more than all else in a query by
month. Here it is looked up once for all times between two changes of the clock.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

import polars as pl

from webapp.insights.query.periods import (
    Period,
    add_periods,
    iterate_periods,
)
from webapp.insights.query.windows import to_instant

LOCAL = pl.Datetime("us")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
"""The shortest time that facts tell apart."""
DAY = timedelta(days=1)
ClockStep = tuple[int, int]
"""A time, in microseconds since 1970, and a value in microseconds that there is from then on."""


def localize_times(times: pl.Expr, zone: ZoneInfo) -> pl.Expr:
    """Naive times on the clock of a zone, of times in UTC to the microsecond."""
    shift = partial(_shift_times, zone=zone)
    return times.map_batches(shift, return_dtype=LOCAL, is_elementwise=True)


def floor_times(times: pl.Expr, period: Period, zone: ZoneInfo) -> pl.Expr:
    """The local starts of the periods, other than hours, that contain times in UTC."""
    floor = partial(_floor_times, period=period, zone=zone)
    return times.map_batches(floor, return_dtype=LOCAL, is_elementwise=True)


def _shift_times(times: pl.Series, zone: ZoneInfo) -> pl.Series:
    offsets = _find_values(times, partial(_list_offsets, zone))
    return (times.to_physical() + offsets).cast(LOCAL)


def _floor_times(times: pl.Series, period: Period, zone: ZoneInfo) -> pl.Series:
    return _find_values(times, partial(_list_starts, zone, period)).cast(LOCAL)


def _find_values(
    times: pl.Series, list_values: Callable[[int, int], Sequence[ClockStep]]
) -> pl.Series:
    """Of each time the value since then, among those of the years of all times."""
    first, last = times.min(), times.max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return times.to_physical()
    since, values = map(
        pl.Series, zip(*list_values(first.year, last.year), strict=True)
    )
    instants = times.to_physical()
    if not times.has_nulls() and instants.is_sorted():
        # The lines of a file are in the order of their times.
        ends = instants.search_sorted(since[1:]).extend_constant(len(times), 1)
        counts = ends - ends.shift(1, fill_value=0)
        return pl.select(values.repeat_by(counts).explode()).to_series()
    # Of what has no time the value does not matter.
    known = instants.fill_null(strategy="min")
    found = since.search_sorted(known, side="right") - 1
    return pl.select(
        pl.when(times.is_not_null()).then(values.gather(found))
    ).to_series()


@lru_cache(maxsize=1024)
def _list_starts(
    zone: ZoneInfo, period: Period, first_year: int, last_year: int
) -> Sequence[ClockStep]:
    """The starts of all periods of which a part is in these years of UTC."""
    first = add_periods(datetime(first_year, 1, 1), period, -1)  # noqa: DTZ001
    starts = iterate_periods(first, datetime(last_year + 1, 1, 3), period)  # noqa: DTZ001
    return [
        (
            _count_microseconds(to_instant(each, zone)),
            _count_microseconds(each.replace(tzinfo=UTC)),
        )
        for each in starts
    ]


@lru_cache(maxsize=1024)
def _list_offsets(
    zone: ZoneInfo, first_year: int, last_year: int
) -> Sequence[ClockStep]:
    """What the clock is ahead of UTC from the beginning of these years, and from each change on."""
    time = datetime(first_year, 1, 1, tzinfo=UTC)
    steps = [_describe_offset(zone, time)]
    while time.year <= last_year:
        following = time + DAY
        if _find_offset(zone, time) != _find_offset(zone, following):
            change = _find_change(zone, time, following)
            steps.append(_describe_offset(zone, change))
        time = following
    return steps


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


def _describe_offset(zone: ZoneInfo, time: datetime) -> ClockStep:
    return _count_microseconds(time), _find_offset(zone, time) // MICROSECOND


def _count_microseconds(time: datetime) -> int:
    return (time - EPOCH) // MICROSECOND


def _find_offset(zone: ZoneInfo, time: datetime) -> timedelta:
    return time.astimezone(zone).utcoffset() or timedelta()
