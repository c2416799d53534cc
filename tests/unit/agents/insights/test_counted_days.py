"""Weekdays that are counted, and months with two digits behind them."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.question.parser import parse_question
from agents.local.language.today import Today
from tests.support.insights_questions import (
    TODAY,
    build_change,
    parse_alone,
    parse_request,
)
from webapp.kit.weeks import WeekStart


@pytest.mark.parametrize(
    ("text", "group_by"),
    [
        ("orders on the last 3 Fridays", ["day"]),
        ("orders of the last 4 weekends", ["week"]),
        ("orders by country on the last 3 Fridays", ["country"]),
        ("orders in October on Fridays", []),
    ],
)
def test_counted_days_are_rows_where_nothing_else_is_said(
    text: str, group_by: list[str]
) -> None:
    assert parse_request(text).group_by == group_by


@pytest.mark.parametrize(
    ("query", "text", "group_by"),
    [
        ({"metrics": ["orders"]}, "the last 3 Fridays", ["day"]),
        ({"metrics": ["orders"]}, "and the past 4 Mondays?", ["day"]),
        ({"metrics": ["orders"]}, "the last two weekends", ["week"]),
        ({"metrics": ["orders"]}, "the last 3 Fridays in total", None),
        ({"metrics": ["orders"]}, "the past 4 Mondays together", None),
        ({"metrics": ["orders"]}, "only Fridays", None),
        ({"metrics": ["orders"], "groupBy": ["country"]}, "the last 3 Fridays", None),
        (
            {"metrics": ["orders"]},
            "by country on the last 3 Fridays",
            ["country"],
        ),
    ],
)
def test_counted_days_are_rows_of_a_single_figure_before(
    query: Json, text: str, group_by: list[str] | None
) -> None:
    """A part that stays as it was is not among those that changed."""
    assert build_change(query, text).get("groupBy") == group_by


@pytest.mark.parametrize(
    ("week_start", "group_by"),
    [(WeekStart.SATURDAY, ["week"]), (WeekStart.SUNDAY, ["day"])],
)
def test_a_weekend_that_is_in_two_weeks_is_shown_by_day(
    week_start: WeekStart, group_by: list[str]
) -> None:
    today = Today(TODAY.date, week_start)
    question = parse_question("orders of the last 4 weekends", today=today, matches=())

    assert question.request.group_by == group_by


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("revenue Oct-26", ["I read “Oct-26” as October 2026, not as 26 October."]),
        (
            "revenue Oct-05",
            ["I read “Oct-05” as 5 October, not as a month of that year."],
        ),
        (
            "revenue Mar-26 vs Mar-25",
            [
                "I read “Mar-26” as March 2026, not as 26 March.",
                "I read “Mar-25” as March 2025, not as 25 March.",
            ],
        ),
        ("revenue Oct 2026", []),
        ("revenue on 26-Oct", []),
    ],
)
def test_it_is_said_what_two_digits_were_taken_for(text: str, notes: list[str]) -> None:
    assert list(parse_alone(text).notes) == notes
