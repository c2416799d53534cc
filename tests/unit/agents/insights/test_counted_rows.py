"""Counts of what was an amount before, and amounts of what was counted."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.builder import build_queries
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.parser import parse_question
from tests.support.insights_questions import TODAY, build_change

KNOWN = {"dimension": "customer_status", "in": ["new", "returning"]}
GERMANY = {"dimension": "country", "in": ["DE"]}
BY_STATUS = {
    "metrics": ["net_revenue"],
    "groupBy": ["customer_status"],
    "filters": [KNOWN],
}


@pytest.mark.parametrize(
    "message", ["how many of them in Germany?", "how many in Germany?"]
)
def test_new_and_returning_customers_are_counted(message: str) -> None:
    assert build_change(BY_STATUS, message) == {
        "metrics": ["customers"],
        "filters": [KNOWN, GERMANY],
    }


def test_an_amount_of_nothing_that_is_counted_is_asked_about() -> None:
    before = {"metrics": ["net_revenue"], "groupBy": ["country"]}

    with pytest.raises(NeedsAnswer, match="How many of what"):
        build_change(before, "how many of them in Germany?")


@pytest.mark.parametrize("metric", ["orders", "customers", "new_customers"])
def test_what_was_counted_stays_counted(metric: str) -> None:
    before = {"metrics": [metric]}

    assert build_change(before, "how many of them in Germany?") == {
        "filters": [GERMANY]
    }


@pytest.mark.parametrize(
    ("metric", "worth"),
    [
        ("orders", {"metrics": ["net_revenue"]}),
        ("units", {"metrics": ["net_revenue"]}),
        ("returned_units", {"metrics": ["returns"]}),
        ("refunded_orders", {"metrics": ["refunds"]}),
    ],
)
@pytest.mark.parametrize(
    "message",
    ["how much were they worth", "how much are these worth?", "what were those worth"],
)
def test_what_was_counted_is_worth_its_amount(
    metric: str, worth: Json, message: str
) -> None:
    assert _ask_worth(metric, message) == worth


def _ask_worth(metric: str, message: str) -> Json:
    """In the follow-up of a figure of the metric."""
    before = {"metrics": [metric], "filters": [GERMANY]}
    earlier = Earlier(before, {})
    question = parse_question(
        message, today=TODAY, matches=(), follows=True, figures=[metric]
    )
    [query] = build_queries(question, today=TODAY, earlier=earlier)
    return {name: part for name, part in query.items() if part != before.get(name)}


def test_new_customers_are_worth_the_revenue_with_them() -> None:
    changed = _ask_worth("new_customers", "how much were they worth")

    assert changed["metrics"] == ["net_revenue"]
    assert {"dimension": "customer_status", "in": ["new"]} in changed["filters"]


def test_canceled_orders_are_worth_nothing_that_is_known() -> None:
    with pytest.raises(NeedsAnswer, match="canceled orders were worth"):
        _ask_worth("canceled_orders", "how much were they worth")
