"""What did not happen: orders by their status, lists that are left out."""

import pytest

from tests.support.insights_questions import parse_alone, parse_request

NOT_REFUNDED = {
    "dimension": "payment_status",
    "notIn": ["PARTIALLY_REFUNDED", "REFUNDED"],
}
NOT_CANCELED = {"dimension": "order_status", "notIn": ["CANCELLED"]}


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("orders that were not refunded", [NOT_REFUNDED]),
        ("orders not refunded last month", [NOT_REFUNDED]),
        ("how many orders haven't been refunded yet", [NOT_REFUNDED]),
        ("unrefunded orders in May", [NOT_REFUNDED]),
        ("orders without any refund this year", [NOT_REFUNDED]),
        ("orders that were never canceled", [NOT_CANCELED]),
        ("refunded orders last month", []),
    ],
)
def test_orders_are_left_out_by_what_they_came_to(
    text: str, filters: list[object]
) -> None:
    assert parse_request(text).filters == filters


def test_no_order_says_whether_it_came_back() -> None:
    [gap] = parse_alone("orders that were not returned").gaps

    assert "not returned" in gap.text
    assert "by product" in gap.reason


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("orders on Mondays, nor Fridays", ["on Mondays, nor Fridays"]),
        ("neither revenue nor orders", ["neither", "nor"]),
        ("orders on neither Saturdays nor Sundays", []),
    ],
)
def test_nor_goes_on_with_what_is_left_out(text: str, unknown: list[str]) -> None:
    assert [each.text for each in parse_alone(text).unknown] == unknown


def test_days_that_are_neither_are_left_out_both() -> None:
    request = parse_request("orders on neither Saturdays nor Sundays")

    assert request.filters == [{"dimension": "weekday", "notIn": ["6", "7"]}]
