"""When something happened first or last: the first of the rows by day that have it."""

import pytest

from tests.support.insights_questions import build_new, parse_alone


@pytest.mark.parametrize(
    ("text", "metric", "descending"),
    [
        ("when was the last order", "orders", True),
        ("when was our very first order", "orders", False),
        ("which day was the last sale", "orders", True),
        ("how long ago was the most recent refund", "refunded_orders", True),
        ("when did we last sell something", "orders", True),
        ("date of the first order", "orders", False),
        ("when was the last cancellation", "canceled_orders", True),
    ],
)
def test_it_is_the_first_of_the_days_that_have_one(
    text: str, metric: str, descending: bool
) -> None:
    [query] = build_new(text)

    assert query["metrics"] == [metric]
    assert query["groupBy"] == ["day"]
    assert query["sort"] == [{"by": "day", "descending": descending}]
    assert query["having"] == [{"by": metric, "atLeast": 1.0}]
    assert query["limit"] == 1


def test_it_says_what_was_looked_for() -> None:
    assert parse_alone("when was the last order").notes == (
        "I looked for the last day with orders; the row is that day.",
    )


def test_single_orders_have_no_amounts() -> None:
    [gap] = parse_alone("when was the first order over 100").gaps

    assert "single order" in gap.reason


@pytest.mark.parametrize(
    "text", ["orders last month", "first orders by month", "when do we sell the most"]
)
def test_other_questions_ask_for_no_such_day(text: str) -> None:
    assert not any("I looked for" in each for each in parse_alone(text).notes)
