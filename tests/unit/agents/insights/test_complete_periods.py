"""Only periods that are over: "by complete month", "without the current month"."""

import pytest

from agents.local.insights.queries.parts import NeedsAnswer
from tests.support.insights_questions import build_new, parse_alone

UNTIL_OCTOBER = {"firstDay": "2026-01-01", "lastDay": "2026-10-31"}
THIS_YEAR = {"unit": "year", "count": 1, "offset": 0}


@pytest.mark.parametrize(
    "text",
    [
        "revenue by complete month this year",
        "revenue by month this year, full months only",
        "revenue by month this year, only those that are complete",
        "the worst finished month this year",
        "revenue by month this year without the current month",
        "revenue by month this year excluding November",
        "revenue this year without this month",
    ],
)
def test_a_period_that_is_not_over_is_left_out(text: str) -> None:
    [query] = build_new(text)

    assert query["window"] == UNTIL_OCTOBER


@pytest.mark.parametrize(
    "text",
    [
        "revenue by month for the whole year",
        "revenue by month this year, the full list",
        "revenue by month this year in full",
    ],
)
def test_other_things_are_complete_than_rows(text: str) -> None:
    [query] = build_new(text)

    assert query["window"] == THIS_YEAR


def test_an_open_time_ends_before_the_running_period() -> None:
    [query] = build_new("revenue by complete quarter")

    assert query["window"] == {"lastDay": "2026-09-30"}


def test_a_time_that_is_over_stays() -> None:
    [query] = build_new("revenue by complete month in Q2")

    assert query["window"] == {"firstDay": "2026-04-01", "lastDay": "2026-06-30"}


def test_where_nothing_is_over_it_asks() -> None:
    with pytest.raises(NeedsAnswer, match="No month of that time is over"):
        build_new("revenue by complete month this month")


def test_other_times_cannot_be_left_out() -> None:
    [gap] = parse_alone("revenue by month this year without March").gaps

    assert gap.text == "March"


def test_orders_are_no_periods() -> None:
    assert [
        each.text for each in parse_alone("orders that were completed").unknown
    ] == ["completed"]
