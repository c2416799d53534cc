"""Words before a noun that say no more than it does."""

import pytest

from agents.local.insights.words.lexicon import Role
from tests.support.insights_questions import parse_alone, parse_request, read_request


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("revenue for each separate category", ["category"]),
        ("orders in any given month", ["month"]),
        ("refunds by destination country", ["country"]),
        ("units by country of delivery", ["country"]),
        ("revenue by customer country", ["country"]),
    ],
)
def test_what_rows_are_by_may_be_described(text: str, groups: list[str]) -> None:
    request, unknown = read_request(text)

    assert request.group_by == groups
    assert unknown == []


@pytest.mark.parametrize(
    "text", ["how many different products did we sell", "revenue by customer"]
)
def test_different_things_and_single_customers_are_no_rows(text: str) -> None:
    assert parse_alone(text).gaps


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        (
            "four KPIs for May: orders, customers, units, tax",
            ["orders", "customers", "units", "tax"],
        ),
        ("returns and refunds, both as rates", ["return_rate", "refund_rate"]),
        ("canceled orders as a share of all, by month", ["cancellation_rate"]),
        ("search terms with a volume over 30", ["searches"]),
        ("lifetime order count", ["orders"]),
        ("refunds in May: how many and how much", ["refunded_orders", "refunds"]),
        (
            "returned pieces in May and what they were worth",
            ["returned_units", "returns"],
        ),
        ("how much did we sell in May, in how many orders", ["net_revenue", "orders"]),
        ("how much did we sell in orders paid in euros", ["net_revenue"]),
        ("what did one piece sell for on average", ["average_unit_price"]),
        ("which categories do people go for, in units", ["units"]),
        (
            "repeat customers by month as well as new ones",
            ["returning_customers", "new_customers"],
        ),
    ],
)
def test_figures_are_read_with_the_words_around_them(
    text: str, metrics: list[str]
) -> None:
    assert parse_request(text).metrics == metrics


def test_a_total_of_no_figure_is_not_known() -> None:
    assert read_request("orders, average order value and total in May")[1] == ["total"]


def test_as_much_or_more_of_nothing_is_not_known() -> None:
    assert read_request("months with that much or more")[1] == ["or more"]


def test_an_overview_has_no_part_of_a_lifetime() -> None:
    assert parse_alone("lifetime value by month").has(Role.ANALYSIS)
