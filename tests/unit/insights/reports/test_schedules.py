from datetime import UTC, datetime
from itertools import islice

import pytest

from webapp.insights.reports.schedules import (
    check_schedule,
    describe_schedule,
    find_next_due,
    iterate_due_times,
)
from webapp.kit.time_zones import parse_zone

BERLIN = parse_zone("Europe/Berlin")


def list_times(schedule: str, after: datetime, count: int) -> list[str]:
    times = iterate_due_times(schedule, after=after, zone=BERLIN)
    return [f"{each:%m-%d %H:%M}" for each in islice(times, count)]


def test_a_schedule_is_read_in_its_zone() -> None:
    """Six o'clock in Berlin is five in UTC in winter and four in summer."""
    after = datetime(2026, 3, 27, 12, tzinfo=UTC)

    assert list_times("0 6 * * *", after, 3) == [
        "03-28 05:00",
        "03-29 04:00",
        "03-30 04:00",
    ]


def test_a_time_that_the_clocks_leave_out_is_the_next_one_there_is() -> None:
    after = datetime(2026, 3, 28, 12, tzinfo=UTC)

    assert list_times("30 2 * * *", after, 2) == ["03-29 01:00", "03-30 00:30"]


def test_a_time_that_comes_twice_is_taken_once() -> None:
    after = datetime(2026, 10, 24, 12, tzinfo=UTC)

    assert list_times("30 2 * * *", after, 2) == ["10-25 00:30", "10-26 01:30"]


def test_the_next_time_is_after_the_one_given() -> None:
    six = datetime(2026, 11, 30, 6, tzinfo=UTC)

    assert find_next_due("0 6 * * 1", after=six, zone=parse_zone("UTC")) == datetime(
        2026, 12, 7, 6, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("", "five fields"),
        ("@daily", "five fields"),
        ("0 0 6 * * *", "five fields"),
        ("61 * * * *", "Bad minute"),
        ("0 6 30 2 *", "never due"),
        ("0 6 31 2 *", "never due"),
        ("0 6 31 4,6 *", "never due"),
        ("0 6 32 2 *", "Bad day-of-month"),
        ("0 6 31 13 *", "Bad"),
        ("* * * * *", "more often"),
        ("0,5 6 * * *", "more often"),
        ("a b c d e", "Bad minute"),
    ],
)
def test_what_is_no_schedule_is_refused(schedule: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_schedule(schedule)


def test_blanks_of_a_schedule_do_not_matter() -> None:
    assert check_schedule("  0   6 * *  MON ") == "0 6 * * MON"


def test_a_schedule_is_said_in_words() -> None:
    assert describe_schedule("0 6 * * 1") == "At 06:00 on Monday"


def test_days_of_the_month_and_of_the_week_are_alternatives() -> None:
    """Cron is due on each of both, where neither is any day."""
    assert " or on Monday" in describe_schedule("0 6 15 * 1")
    assert " or " not in describe_schedule("0 6 15 * *")
