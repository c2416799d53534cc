"""Weeks of which a text makes days begin where the shop's do; numbered ones are of ISO 8601."""

from datetime import date

import pytest

from agents.local.language.time_expressions import find_time_expressions
from agents.local.language.today import Today
from tests.unit.agents.language.describe import describe_reading
from webapp.kit.weeks import WeekStart

WEDNESDAY, SUNDAY = date(2026, 11, 18), date(2026, 11, 22)


def describe_in_shop(text: str, week_start: WeekStart, day: date = WEDNESDAY) -> str:
    [found] = find_time_expressions(text, today=Today(day, week_start))
    return describe_reading(found.reading)


@pytest.mark.parametrize(
    ("text", "monday", "sunday", "saturday"),
    [
        ("the week of 5 October", "2026-10-05", "2026-10-04", "2026-10-03"),
        ("the week of 4 October", "2026-09-28", "2026-10-04", "2026-10-03"),
        ("the week with 3 October", "2026-09-28", "2026-09-27", "2026-10-03"),
        ("the week before 5 October", "2026-09-28", "2026-09-27", "2026-09-26"),
        ("the week after 3 October", "2026-10-05", "2026-10-04", "2026-10-10"),
        ("Easter week 2026", "2026-03-30", "2026-04-05", "2026-04-04"),
        ("the week after Easter 2026", "2026-04-06", "2026-04-12", "2026-04-11"),
    ],
)
def test_the_week_of_a_day_begins_as_those_of_the_shop(
    text: str, monday: str, sunday: str, saturday: str
) -> None:
    for week_start, first in (
        (WeekStart.MONDAY, monday),
        (WeekStart.SUNDAY, sunday),
        (WeekStart.SATURDAY, saturday),
    ):
        assert describe_in_shop(text, week_start).startswith(f"{first} to ")


@pytest.mark.parametrize(
    ("text", "monday", "sunday", "saturday"),
    [
        ("Friday last week", "2026-11-13", "2026-11-13", "2026-11-13"),
        ("Saturday last week", "2026-11-14", "2026-11-14", "2026-11-07"),
        ("Sunday of last week", "2026-11-15", "2026-11-08", "2026-11-08"),
        ("last week on Sunday", "2026-11-15", "2026-11-08", "2026-11-08"),
        ("this Sunday", "2026-11-22", "2026-11-15", "2026-11-15"),
        ("this Saturday", "2026-11-21", "2026-11-21", "2026-11-14"),
    ],
)
def test_a_weekday_is_that_of_the_week_of_the_shop(
    text: str, monday: str, sunday: str, saturday: str
) -> None:
    assert describe_in_shop(text, WeekStart.MONDAY) == monday
    assert describe_in_shop(text, WeekStart.SUNDAY) == sunday
    assert describe_in_shop(text, WeekStart.SATURDAY) == saturday


@pytest.mark.parametrize(
    ("text", "monday", "sunday"),
    [
        ("since last week", "since 2026-11-09", "since 2026-11-15"),
        ("until last week", "until 2026-11-15", "until 2026-11-21"),
        ("last week to date", "2026-11-09 to 2026-11-15", "2026-11-15"),
        (
            "from 14 October to the end of that week",
            "2026-10-14 to 2026-10-18",
            "2026-10-14 to 2026-10-17",
        ),
        ("the first two days of last week", "2026-11-09 to 2026-11-10", "2026-11-15 to 2026-11-16"),
        ("the end of the week", "2026-11-20 to 2026-11-22", "2026-11-26 to 2026-11-28"),
    ],
)  # fmt: skip
def test_parts_and_bounds_of_weeks_on_a_sunday(
    text: str, monday: str, sunday: str
) -> None:
    assert describe_in_shop(text, WeekStart.MONDAY, SUNDAY) == monday
    assert describe_in_shop(text, WeekStart.SUNDAY, SUNDAY) == sunday


@pytest.mark.parametrize("week_start", WeekStart)
@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("week 41", "2026-10-05 to 2026-10-11"),
        ("CW 41 2025", "2025-10-06 to 2025-10-12"),
        ("weeks 41 to 42", "2026-10-05 to 2026-10-18"),
        ("Friday of week 41", "2026-10-09"),
        ("the first week of March", "2026-03-01 to 2026-03-07"),
        ("the week starting 7 October", "2026-10-07 to 2026-10-13"),
        ("last weekend", "2026-11-14 to 2026-11-15"),
        ("Saturday and Sunday last weekend", "2026-11-14 to 2026-11-15"),
        ("the last 7 days", "day count 7 offset 0"),
    ],
)
def test_other_times_are_the_same_wherever_weeks_begin(
    text: str, days: str, week_start: WeekStart
) -> None:
    assert describe_in_shop(text, week_start) == days
