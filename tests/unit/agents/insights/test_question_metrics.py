"""Which figures a question asks for, by what it names, its verbs, and what they are asked of."""

import pytest

from agents.local.insights.question.draft import Request
from tests.support.insights_questions import parse_alone, parse_request


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("how many sales last month", ["orders"]),
        ("refunded orders last month", ["refunded_orders"]),
        ("refunded revenue last month", ["refunds"]),
        ("returned sales last month", ["returns"]),
        ("what is our stock worth", ["stock_value"]),
        ("how much stock did we shift", ["units"]),
        ("how many products did we sell", ["units"]),
        ("how many customers were new", ["new_customers"]),
        ("pending orders", ["placed_orders"]),
        ("sales after returns", ["net_revenue"]),
        ("how many items does an order contain on average", ["units_per_order"]),
        ("how much does an order come to on average", ["average_order_value"]),
    ],
)
def test_figures_that_are_named(text: str, metrics: list[str]) -> None:
    assert parse_request(text).metrics == metrics


@pytest.mark.parametrize(
    "text",
    [
        "how much does a guest order come to on average",
        "how many items does a guest order contain on average",
    ],
)
def test_the_average_order_of_guests_is_of_guests_alone(text: str) -> None:
    guests = {"dimension": "customer_type", "in": ["guest"]}

    assert parse_request(text).filters == [guests]


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("how many orders were canceled", ["canceled_orders"]),
        ("how often did we refund", ["refunded_orders"]),
        ("how many did we sell", ["units"]),
        ("have we sold any", ["units"]),
        ("how much money did we give back", ["refunds"]),
        (
            "how many pieces were sold and how many were sent back",
            ["units", "returned_units"],
        ),
        ("canceled and refunded orders", ["canceled_orders", "refunded_orders"]),
        (
            "how many refunded and canceled orders",
            ["refunded_orders", "canceled_orders"],
        ),
        (
            "how many orders were canceled or refunded",
            ["canceled_orders", "refunded_orders"],
        ),
        ("orders refunded and canceled", ["refunded_orders", "canceled_orders"]),
        ("units sold and returned", ["units", "returned_units"]),
        ("orders that were placed and canceled", ["canceled_orders"]),
    ],
)
def test_figures_of_verbs(text: str, metrics: list[str]) -> None:
    assert parse_request(text).metrics == metrics


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("how much did customers spend in May", ["net_revenue"]),
        ("customers and revenue by month", ["customers", "net_revenue"]),
        ("how many people placed an order", ["customers"]),
        ("AOV for orders paid in USD", ["average_order_value"]),
        ("orders on Fridays: revenue by month", ["net_revenue"]),
        ("units, orders on Sundays not counted", ["units"]),
        ("what did we take, only the orders paid in GBP", ["net_revenue"]),
        ("click rate of our searches", ["search_click_rate"]),
        ("which country bought the most items", ["units"]),
        ("top 5 items by revenue", ["net_revenue"]),
        ("orders and revenue of orders", ["orders", "net_revenue"]),
    ],
)
def test_words_that_say_whose_figure_it_is_are_none(
    text: str, metrics: list[str]
) -> None:
    assert parse_request(text).metrics == metrics


def test_a_figure_that_is_not_wanted_is_dropped_from_those_before() -> None:
    assert parse_request("units instead of revenue", follows=True) == Request(
        metrics=["units"], drops=["net_revenue"]
    )
    assert parse_request("units instead of revenue") == Request(metrics=["units"])


def test_who_places_orders_is_no_figure_of_its_own() -> None:
    assert not parse_request("how many did people place", follows=True).metrics


def test_there_is_no_revenue_of_canceled_orders() -> None:
    question = parse_alone("cancelled revenue in October")

    assert [each.text for each in question.gaps] == ["cancelled"]


@pytest.mark.parametrize(
    "text", ["how many products are in there", "how many products do we have"]
)
def test_products_that_nobody_says_were_sold_are_no_units(text: str) -> None:
    question = parse_alone(text)

    assert [each.text for each in question.gaps] == ["how many products"]
    assert question.request.metrics == []
