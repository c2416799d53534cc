from datetime import date

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.windows import (
    choose_grain,
    join_windows,
    move_window,
)
from agents.local.language.readings import TimeShift
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)


def days(first: str, last: str) -> Json:
    return {"firstDay": first, "lastDay": last}


@pytest.mark.parametrize(
    ("window", "shift", "moved"),
    [
        (
            {"unit": "month", "count": 1, "offset": 1},
            TimeShift("month", -1),
            {"unit": "month", "count": 1, "offset": 2},
        ),
        (
            {"unit": "week", "count": 2, "offset": 1},
            TimeShift("period", -1),
            {"unit": "week", "count": 2, "offset": 3},
        ),
        (
            {"unit": "month", "count": 1, "offset": 1},
            TimeShift("year", -1),
            days("2025-10-01", "2025-10-31"),
        ),
        (
            days("2026-03-01", "2026-03-31"),
            TimeShift("month", -1),
            days("2026-02-01", "2026-02-28"),
        ),
        (
            days("2026-03-01", "2026-04-30"),
            TimeShift("period", -1),
            days("2026-01-01", "2026-02-28"),
        ),
        (
            days("2026-06-10", "2026-06-20"),
            TimeShift("period", 1),
            days("2026-06-21", "2026-07-01"),
        ),
        # A shorter period is the one next to the window.
        (
            days("2026-03-01", "2026-03-31"),
            TimeShift("week", -1),
            days("2026-02-23", "2026-02-28"),
        ),
        ({"lastDay": "2026-03-31"}, TimeShift("year", -1), None),
    ],
)
def test_a_window_is_moved(window: Json, shift: TimeShift, moved: Json | None) -> None:
    assert move_window(window, shift, today=TODAY) == moved


@pytest.mark.parametrize(
    ("window", "grain"),
    [
        (None, "month"),
        ({"unit": "day", "count": 1, "offset": 1}, "hour"),
        ({"unit": "day", "count": 30, "offset": 0}, "day"),
        ({"unit": "quarter", "count": 1, "offset": 1}, "week"),
        ({"unit": "year", "count": 1, "offset": 1}, "month"),
        ({"firstDay": "2026-01-01"}, "month"),
    ],
)
def test_the_course_over_a_window_is_shown_in_periods_of_its_size(
    window: Json | None, grain: str
) -> None:
    assert choose_grain(window, today=TODAY) == grain


@pytest.mark.parametrize(
    ("windows", "joined"),
    [
        (
            [days("2026-06-01", "2026-06-30"), days("2026-07-01", "2026-07-31")],
            (days("2026-06-01", "2026-07-31"), "month"),
        ),
        ([days("2026-06-01", "2026-06-30"), days("2026-08-01", "2026-08-31")], None),
        ([days("2026-06-01", "2026-06-10"), days("2026-06-11", "2026-06-20")], None),
        (
            [
                {"unit": "month", "count": 1, "offset": 1},
                days("2026-07-01", "2026-07-31"),
            ],
            None,
        ),
    ],
)
def test_months_that_follow_each_other_are_one_window(
    windows: list[Json], joined: tuple[Json, str] | None
) -> None:
    assert join_windows(windows) == joined
