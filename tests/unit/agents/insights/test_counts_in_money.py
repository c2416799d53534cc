"""Counts before that are wanted as amounts, and other figures of the same rows and time."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.builder import build_queries
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.parser import parse_question
from tests.support.insights_questions import TODAY
from webapp.insights.query.values import MatchKind, ValueMatch

LAST_MONTH = {"unit": "month", "count": 1, "offset": 1}
DOLLARS = ValueMatch(
    dimension="currency", value="USD", start=7, end=14, kind=MatchKind.WHOLE
)


def change_figure(metric: str, text: str) -> Json:
    """The query of a message after a figure of last month."""
    question = parse_question(
        text,
        today=TODAY,
        matches=[DOLLARS] if "dollars" in text else [],
        follows=True,
        figures=[metric],
    )
    earlier = Earlier({"metrics": [metric], "window": LAST_MONTH}, {})
    [query] = build_queries(question, today=TODAY, earlier=earlier)
    return query


@pytest.mark.parametrize(
    ("counted", "text", "amount"),
    [
        ("orders", "how much is that in money", "net_revenue"),
        ("orders", "in money?", "net_revenue"),
        ("orders", "and in dollars?", "net_revenue"),
        ("units", "what is it in money terms?", "net_revenue"),
        ("refunded_orders", "how much is that in money", "refunds"),
        ("refunded_orders", "in money?", "refunds"),
        ("refund_rate", "in money?", "refunds"),
        ("returned_units", "and in dollars?", "returns"),
        ("orders", "in units?", "units"),
        ("stock", "how much is that in money", "stock_value"),
        ("net_revenue", "what is that in orders?", "orders"),
        ("refunds", "and in dollars?", "refunds"),
    ],
)
def test_another_figure_is_of_the_same_time(
    counted: str, text: str, amount: str
) -> None:
    query = change_figure(counted, text)

    assert (query["metrics"], query["window"]) == ([amount], LAST_MONTH)


def test_new_customers_in_money_are_the_revenue_with_them() -> None:
    query = change_figure("new_customers", "how much is that in money")

    assert query["metrics"] == ["net_revenue"]
    assert query["filters"] == [{"dimension": "customer_status", "in": ["new"]}]


@pytest.mark.parametrize("counted", ["canceled_orders", "searches", "search_clicks"])
@pytest.mark.parametrize("text", ["how much is that in money", "and in dollars?"])
def test_what_has_no_amount_is_asked_back(counted: str, text: str) -> None:
    with pytest.raises(NeedsAnswer, match="is no figure that I have"):
        change_figure(counted, text)
