"""What became of orders, searches and units, as one figure."""

import pytest

from agents.local.insights.question.draft import Request
from tests.support.insights_questions import parse_alone, parse_request


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("orders in May, canceled ones included", ["placed_orders"]),
        (
            "how many orders came in, whether or not they were cancelled",
            ["placed_orders"],
        ),
        ("orders and canceled orders in May", ["orders", "canceled_orders"]),
        ("how many searches in May turned into a purchase", ["ordered_searches"]),
        ("what share of searches resulted in an order", ["search_conversion_rate"]),
        ("searches and orders in May", ["searches", "orders"]),
        ("revenue in May before any refunds come off", ["gross_sales"]),
        (
            "what share of the time was each category out of stock",
            ["out_of_stock_rate"],
        ),
    ],
)
def test_what_became_of_it_is_one_figure(text: str, metrics: list[str]) -> None:
    assert parse_request(text).metrics == metrics


@pytest.mark.parametrize(
    "text", ["units in May less returned ones", "units sold minus those sent back"]
)
def test_units_net_of_returns_are_no_figure(text: str) -> None:
    assert [gap.reason for gap in parse_alone(text).gaps] == [
        "I have no units net of returns; ask for units sold and for returned units"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "top 5 search terms in May that came up empty",
        "what did people search for most in May without finding anything",
    ],
)
def test_fruitless_searches_are_ranked(text: str) -> None:
    request = parse_request(text)

    assert request.metrics == ["zero_result_searches"]
    assert request.group_by == ["search_query"]
    assert request.descending


def test_who_cannot_find_something_asks_for_no_searches() -> None:
    request = parse_request("I can't find it: refunds in May")

    assert request == Request(metrics=["refunds"], window=request.window)
