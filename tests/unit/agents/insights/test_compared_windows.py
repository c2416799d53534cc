"""Two times that are compared: which of them is the earlier one, and how much of it is taken."""

from datetime import date

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.compared_windows import take_part
from agents.local.insights.queries.pairs import compare_last
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.language.today import Today
from tests.support.insights_questions import TODAY, build_change, build_new
from webapp.kit.weeks import WeekStart

SAME = {"part": "same"}
THIS_MONTH = {"unit": "month", "count": 1, "offset": 0}
LAST_MONTH = {"unit": "month", "count": 1, "offset": 1}
THIS_YEAR = {"unit": "year", "count": 1, "offset": 0}
LAST_YEAR = {"unit": "year", "count": 1, "offset": 1}
TODAYS = {"unit": "day", "count": 1, "offset": 0}
YESTERDAY = {"unit": "day", "count": 1, "offset": 1}
NOVEMBER = {"firstDay": "2026-11-01", "lastDay": "2026-11-30"}
NOVEMBER_BEFORE = {"firstDay": "2025-11-01", "lastDay": "2025-11-30"}
OCTOBER = {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}
SEPTEMBER = {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}
YEAR_TO_DATE_BEFORE = {"firstDay": "2025-01-01", "lastDay": "2025-11-18"}
THIRD_QUARTER = {"unit": "quarter", "count": 1, "offset": 1}


@pytest.mark.parametrize(
    ("message", "window", "other"),
    [
        ("November vs last November", NOVEMBER, NOVEMBER_BEFORE | SAME),
        ("this month vs last month", THIS_MONTH, LAST_MONTH | SAME),
        ("today compared to yesterday", TODAYS, YESTERDAY | SAME),
        ("is November better than October", NOVEMBER, OCTOBER | SAME),
        (
            "year to date vs last year to date",
            THIS_YEAR,
            YEAR_TO_DATE_BEFORE | SAME,
        ),
        (
            "month to date vs last month to date",
            THIS_MONTH,
            {"firstDay": "2026-10-01", "lastDay": "2026-10-18"} | SAME,
        ),
        (
            "this month vs the same month of 2024",
            THIS_MONTH,
            {"firstDay": "2024-11-01", "lastDay": "2024-11-30"} | SAME,
        ),
        ("are we up on last November", NOVEMBER, NOVEMBER_BEFORE | SAME),
        # All of it, if that is said.
        ("this month vs the whole of last month", THIS_MONTH, LAST_MONTH),
        ("this month vs all of last month", THIS_MONTH, LAST_MONTH),
        ("this month vs last month, full month", THIS_MONTH, LAST_MONTH),
        ("November vs the complete last November", NOVEMBER, NOVEMBER_BEFORE),
        # Nothing is running, or it is of another length.
        ("October vs September", OCTOBER, SEPTEMBER),
        ("this month vs last quarter", THIS_MONTH, THIRD_QUARTER),
    ],
)
def test_a_running_time_is_compared_with_the_same_part(
    message: str, window: Json, other: Json
) -> None:
    [query] = build_new(f"revenue {message}")

    assert (query["window"], query["compareTo"]) == (window, other)


@pytest.mark.parametrize(
    ("message", "window", "other"),
    [
        ("last year vs this year", THIS_YEAR, LAST_YEAR | SAME),
        ("yesterday vs today", TODAYS, YESTERDAY | SAME),
        ("compare September with October", OCTOBER, SEPTEMBER),
        ("compare October with September", OCTOBER, SEPTEMBER),
        ("difference between September and October", OCTOBER, SEPTEMBER),
    ],
)
def test_a_change_is_that_of_the_later_time(
    message: str, window: Json, other: Json
) -> None:
    [query] = build_new(f"revenue, {message}")

    assert (query["window"], query["compareTo"]) == (window, other)


def test_what_was_better_in_the_earlier_time_fell() -> None:
    [query] = build_new("which categories sold more in September than in October")

    assert (query["window"], query["compareTo"]) == (OCTOBER, SEPTEMBER)
    assert query["sort"] == [{"by": "net_revenue_change", "descending": False}]
    assert query["having"] == [{"by": "net_revenue_change", "lessThan": 0}]


def test_a_fall_in_percent_is_not_turned_around() -> None:
    [query] = build_new(
        "categories with revenue up by more than 20% in September vs October"
    )

    assert (query["window"], query["compareTo"]) == (SEPTEMBER, OCTOBER)


def test_a_later_time_is_compared_with_that_of_the_figures_before() -> None:
    before = {"metrics": ["orders"], "window": YESTERDAY}

    assert build_change(before, "compare that with today") == {
        "window": TODAYS,
        "compareTo": YESTERDAY | SAME,
    }


def test_the_part_of_a_time_is_not_turned_around() -> None:
    before = {
        "metrics": ["orders"],
        "window": TODAYS,
        "compareTo": YESTERDAY | SAME,
    }

    with pytest.raises(NeedsAnswer, match="same part"):
        build_change(before, "the other way round")


@pytest.mark.parametrize("is_turned", [False, True])
def test_two_queries_are_compared_from_the_earlier_to_the_later(
    *, is_turned: bool
) -> None:
    queries = [
        {"metrics": ["orders"], "window": window} for window in (LAST_MONTH, THIS_MONTH)
    ]

    assert compare_last(queries[::-1] if is_turned else queries, today=TODAY) == [
        {
            "metrics": ["orders"],
            "window": THIS_MONTH,
            "compareTo": LAST_MONTH | SAME,
        }
    ]


def test_the_last_day_of_a_month_is_not_over() -> None:
    last_day = Today(date(2026, 11, 30), WeekStart.MONDAY)
    day_after = Today(date(2026, 12, 1), WeekStart.MONDAY)

    assert take_part(NOVEMBER, NOVEMBER_BEFORE, today=last_day) == (
        NOVEMBER_BEFORE | SAME
    )
    assert take_part(NOVEMBER, NOVEMBER_BEFORE, today=day_after) == (NOVEMBER_BEFORE)
