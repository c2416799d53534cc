"""Weekdays that are counted, and months with two digits behind them."""

import pytest

from tests.support.insights_questions import parse_alone, parse_request


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
