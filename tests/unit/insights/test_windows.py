"""Windows of time, and what they mean at a time, in a zone."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from webapp.insights.query.analytics_query import Window
from webapp.insights.query.descriptions import describe_window
from webapp.insights.query.errors import BadWindow
from webapp.insights.query.periods import (
    Period,
    add_months,
    find_period_start,
    format_period,
)
from webapp.insights.query.windows import (
    CLOCK_SKEW,
    TimeRange,
    resolve_now,
    resolve_window,
    shift_before,
    shift_by_year,
    take_same_part,
)

NOW = datetime(2026, 11, 18, 15, 30, tzinfo=UTC)  # a Wednesday
WINDOW: TypeAdapter[Any] = TypeAdapter(Window)


def resolve(
    window: dict[str, Any], zone: str = "UTC", now: datetime = NOW
) -> TimeRange:
    return resolve_window(WINDOW.validate_python(window), now=now, zone=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        ({"unit": "hour", "count": 24}, "2026-11-17T16:00", "2026-11-18T15:30"),
        ({"unit": "day"}, "2026-11-18T00:00", "2026-11-18T15:30"),
        ({"unit": "day", "offset": 1}, "2026-11-17T00:00", "2026-11-18T00:00"),
        ({"unit": "week"}, "2026-11-16T00:00", "2026-11-18T15:30"),
        ({"unit": "week", "offset": 1}, "2026-11-09T00:00", "2026-11-16T00:00"),
        ({"unit": "month", "offset": 1}, "2026-10-01T00:00", "2026-11-01T00:00"),
        (
            {"unit": "month", "count": 3, "offset": 1},
            *("2026-08-01T00:00", "2026-11-01T00:00"),
        ),
        ({"unit": "quarter"}, "2026-10-01T00:00", "2026-11-18T15:30"),
        ({"unit": "quarter", "offset": 4}, "2025-10-01T00:00", "2026-01-01T00:00"),
        ({"unit": "year", "offset": 1}, "2025-01-01T00:00", "2026-01-01T00:00"),
        ({"firstDay": "2026-06-03"}, "2026-06-03T00:00", "2026-11-18T15:30"),
        (
            {"firstDay": "2026-06-03", "lastDay": "2026-06-03"},
            *("2026-06-03T00:00", "2026-06-04T00:00"),
        ),
        ({"lastDay": "2026-06-03"}, None, "2026-06-04T00:00"),
    ],
)
def test_a_window_is_resolved_on_the_local_clock(
    window: dict[str, Any], start: str | None, end: str
) -> None:
    found = resolve(window)

    assert found.start == (None if start is None else datetime.fromisoformat(start))
    assert found.end == datetime.fromisoformat(end)


def test_days_begin_at_the_midnight_of_the_zone() -> None:
    late = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)

    today = resolve({"unit": "day"}, "Europe/Berlin", late)

    assert today.first_day is not None
    assert today.first_day.isoformat() == "2026-11-19"
    assert today.start_instant == datetime(2026, 11, 18, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "window",
    [{"firstDay": "2026-11-19"}, {"unit": "month", "offset": -1}],
)
def test_a_window_that_has_not_begun_is_refused(window: dict[str, Any]) -> None:
    with pytest.raises(BadWindow, match="still to come"):
        resolve(window)


def test_a_question_is_asked_now_or_before_and_not_later() -> None:
    a_second = timedelta(seconds=1)

    assert resolve_now(None, NOW) == NOW
    assert resolve_now(NOW - a_second, NOW) == NOW - a_second
    assert resolve_now(NOW + CLOCK_SKEW, NOW) == NOW, "a clock that is ahead"
    with pytest.raises(
        BadWindow, match="a clock may be ahead by 60 seconds"
    ) as refused:
        resolve_now(NOW + CLOCK_SKEW + a_second, NOW)
    assert refused.value.possible[0] == "asOf until 2026-11-18T15:30:00Z"


def test_a_window_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(BadWindow, match="possible are days from 0001-01-01"):
        resolve({"unit": "year", "count": 10_000})


@pytest.mark.parametrize(
    "window",
    [
        {},
        {"firstDay": "2026-02-30"},
        {"firstDay": "2026-03-02", "lastDay": "2026-03-01"},
        {"unit": "fortnight"},
        {"unit": "month", "count": 0},
        {"unit": "month", "firstDay": "2026-01-01"},
    ],
)
def test_what_is_no_window_is_refused(window: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        WINDOW.validate_python(window)


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        # Whole months are followed back by months, whatever their lengths.
        (
            {"firstDay": "2026-03-01", "lastDay": "2026-03-31"},
            *("2026-02-01T00:00", "2026-03-01T00:00"),
        ),
        (
            {"firstDay": "2026-04-01", "lastDay": "2026-06-30"},
            *("2026-01-01T00:00", "2026-04-01T00:00"),
        ),
        (
            {"firstDay": "2026-06-10", "lastDay": "2026-06-19"},
            *("2026-05-31T00:00", "2026-06-10T00:00"),
        ),
        # As much of the one before as has passed of this one.
        ({"unit": "month"}, "2026-10-01T00:00", "2026-10-18T15:30"),
        ({"unit": "week"}, "2026-11-09T00:00", "2026-11-11T15:30"),
        ({"unit": "year"}, "2025-01-01T00:00", "2025-11-18T15:30"),
        ({"unit": "hour", "count": 24}, "2026-11-16T16:00", "2026-11-17T15:30"),
    ],
)
def test_the_window_before_has_the_same_length(
    window: dict[str, Any], start: str, end: str
) -> None:
    before = shift_before(resolve(window))

    assert before.start == datetime.fromisoformat(start)
    assert before.end == datetime.fromisoformat(end)


def test_a_longer_month_is_compared_with_all_of_a_shorter_one() -> None:
    march = resolve({"unit": "month"}, now=datetime(2026, 3, 31, 12, tzinfo=UTC))

    before = shift_before(march)

    assert before.end == datetime.fromisoformat("2026-02-28T12:00")


def test_the_same_dates_a_year_before() -> None:
    leap_day = resolve({"firstDay": "2024-02-29", "lastDay": "2024-02-29"})

    before = shift_by_year(leap_day)

    assert before.start == datetime.fromisoformat("2023-02-28")
    assert before.end == datetime.fromisoformat("2023-03-01")


@pytest.mark.parametrize(
    ("window", "other", "end"),
    [
        (
            {"unit": "month"},
            {"firstDay": "2025-11-01", "lastDay": "2025-11-30"},
            "2025-11-18T15:30",
        ),
        (
            {"firstDay": "2026-11-01", "lastDay": "2026-11-30"},
            {"unit": "month", "offset": 2},
            "2026-09-18T15:30",
        ),
        (
            {"unit": "day"},
            {"firstDay": "2026-11-13", "lastDay": "2026-11-13"},
            "2026-11-13T15:30",
        ),
        ({"unit": "week"}, {"unit": "week", "offset": 3}, "2026-10-28T15:30"),
        # A leap year has one day more by then.
        ({"unit": "year"}, {"unit": "year", "offset": 2}, "2024-11-18T15:30"),
        # It has fewer days than have passed.
        (
            {"unit": "month"},
            {"firstDay": "2026-10-01", "lastDay": "2026-10-10"},
            "2026-10-11T00:00",
        ),
        # The window is over.
        (
            {"unit": "month", "offset": 1},
            {"unit": "month", "offset": 2},
            "2026-10-01T00:00",
        ),
    ],
)
def test_the_same_part_of_a_named_window_is_as_much_as_has_passed(
    window: dict[str, Any], other: dict[str, Any], end: str
) -> None:
    part = take_same_part(resolve(other), resolve(window))

    assert part.start == resolve(other).start
    assert part.end == datetime.fromisoformat(end)
    assert not part.is_running


def test_an_open_window_is_compared_with_none() -> None:
    with pytest.raises(BadWindow, match="first day"):
        shift_before(resolve({"lastDay": "2026-01-01"}))


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ({"firstDay": "2026-09-01", "lastDay": "2026-09-30"}, "September 2026"),
        ({"firstDay": "2026-07-01", "lastDay": "2026-09-30"}, "Q3 2026"),
        ({"firstDay": "2026-08-01", "lastDay": "2026-10-31"}, "August to October 2026"),
        ({"firstDay": "2025-01-01", "lastDay": "2025-12-31"}, "2025"),
        ({"firstDay": "2026-06-03", "lastDay": "2026-06-03"}, "3 June 2026"),
        ({"firstDay": "2026-06-03", "lastDay": "2026-06-09"}, "3 to 9 June 2026"),
        (
            {"firstDay": "2026-06-28", "lastDay": "2026-07-03"},
            "28 June to 3 July 2026",
        ),
        (
            {"firstDay": "2025-12-28", "lastDay": "2026-01-03"},
            "28 December 2025 to 3 January 2026",
        ),
        ({"unit": "month"}, "November 2026 so far"),
        (
            {"unit": "hour", "offset": 1},
            "18 November 2026 14:00 to 15:00",
        ),
        ({"unit": "hour"}, "18 November 2026 15:00 to 16:00 so far"),
        (
            {"unit": "hour", "count": 24, "offset": 1},
            "17 November 2026 15:00 to 18 November 2026 15:00",
        ),
        ({"firstDay": "2026-06-03"}, "since 3 June 2026"),
        ({"lastDay": "2026-06-03"}, "until 3 June 2026"),
    ],
)
def test_a_window_is_said_as_short_as_it_can_be(
    window: dict[str, Any], words: str
) -> None:
    assert describe_window(resolve(window)) == words


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-01-31", -1, "2025-12-31"),
        ("2026-12-31", 12, "2027-12-31"),
        ("9999-01-31", 11, "9999-12-31"),
    ],
)
def test_months_are_added_within_the_calendar(
    day: str, count: int, expected: str
) -> None:
    found = add_months(datetime.fromisoformat(day), count)

    assert found == datetime.fromisoformat(expected)


def test_weeks_are_written_by_iso() -> None:
    start = find_period_start(datetime.fromisoformat("2027-01-01"), Period.WEEK)

    assert format_period(start, Period.WEEK) == "2026-W53"
