"""Local times are those of the zone's own clock, whatever it does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.facts.schemas import TIMESTAMP
from analytics.semantic.local_time import floor_times, localize_times
from webapp.insights.query.periods import Period, find_period_start
from webapp.insights.query.windows import to_instant

pytestmark = pytest.mark.slow

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",  # set by half an hour
    "Asia/Kathmandu",
    "Africa/Casablanca",  # set for Ramadan
    "Pacific/Apia",  # without 30 December 2011
    "America/Sao_Paulo",  # set no more
)
TIMES = st.integers(800_000_000, 1_900_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


def shift_times(times: list[datetime | None], zone: str) -> list[datetime | None]:
    frame = pl.DataFrame({"at": times}, schema={"at": TIMESTAMP})
    return frame.select(localize_times(pl.col("at"), ZoneInfo(zone)))["at"].to_list()


def read_clock(time: datetime, zone: str) -> datetime:
    return time.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def has_change(day: datetime, zone: str) -> bool:
    following = day + timedelta(days=1)
    return read_clock(following, zone) - read_clock(day, zone) != timedelta(days=1)


@pytest.mark.parametrize("zone", ZONES)
@settings(deadline=None, max_examples=10)
@given(times=st.lists(TIMES, max_size=20))
def test_times_are_those_of_the_clock(zone: str, times: list[datetime]) -> None:
    assert shift_times([*times], zone) == [read_clock(each, zone) for each in times]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [1969, 1996, 2011, 2026])
def test_each_change_of_the_clock_is_at_its_second(zone: str, year: int) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC)
    days = [start + timedelta(days=index) for index in range(366)]
    changed = [each for each in days if has_change(each, zone)]
    quarters = [
        day + timedelta(minutes=15 * index) for day in changed for index in range(97)
    ]
    edges = [
        each for time in quarters for each in (time - timedelta(microseconds=1), time)
    ]

    assert shift_times([*edges], zone) == [read_clock(each, zone) for each in edges]


def test_what_has_no_time_has_no_local_time() -> None:
    summer = datetime(2026, 7, 1, tzinfo=UTC)

    assert shift_times([None, summer], "Europe/Berlin") == [
        None,
        summer.replace(hour=2, tzinfo=None),
    ]
    assert shift_times([None], "Europe/Berlin") == [None]
    assert shift_times([], "Europe/Berlin") == []


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period", [each for each in Period if each != Period.HOUR])
@settings(deadline=None, max_examples=10)
@given(times=st.lists(TIMES, max_size=20))
def test_periods_are_those_of_the_clock(
    zone: str, period: Period, times: list[datetime]
) -> None:
    frame = pl.DataFrame({"at": times}, schema={"at": TIMESTAMP})

    floored = frame.select(floor_times(pl.col("at"), period, ZoneInfo(zone)))

    assert floored["at"].to_list() == [
        find_period_start(read_clock(each, zone), period) for each in times
    ]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period", [each for each in Period if each != Period.HOUR])
@settings(deadline=None, max_examples=10)
@given(time=TIMES, hours=st.integers(1, 200))
def test_times_in_their_order_are_in_the_same_periods(
    zone: str, period: Period, time: datetime, hours: int
) -> None:
    """As the lines of a file are: there the edges of periods are looked for, not the times."""
    start = to_instant(
        find_period_start(read_clock(time, zone), period), ZoneInfo(zone)
    )
    after = [start + timedelta(hours=each) for each in range(hours)]
    times = [start - timedelta(microseconds=1), *after, *after[-1:]]
    frame = pl.DataFrame({"at": times}, schema={"at": TIMESTAMP})

    floored = frame.select(floor_times(pl.col("at"), period, ZoneInfo(zone)))

    assert floored["at"].to_list() == [
        find_period_start(read_clock(each, zone), period) for each in times
    ]


def test_what_has_no_time_is_in_no_period() -> None:
    summer = datetime(2026, 7, 14, tzinfo=UTC)
    frame = pl.DataFrame({"at": [None, summer]}, schema={"at": TIMESTAMP})

    months = frame.select(floor_times(pl.col("at"), Period.MONTH, ZoneInfo("UTC")))

    assert months["at"].to_list() == [None, summer.replace(day=1, tzinfo=None)]
