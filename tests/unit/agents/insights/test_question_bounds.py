from decimal import Decimal

import pytest

from agents.local.insights.question.draft import Bound
from tests.support.insights_questions import parse_alone


def read_bound(text: str) -> Bound:
    [bound] = parse_alone(text).request.bounds
    return bound


@pytest.mark.parametrize(
    ("text", "metric", "low", "high"),
    [
        ("categories with 10 to 50 orders", "orders", 10, 50),
        ("days with between 10 and 20 orders", "orders", 10, 20),
        ("days with orders in the range of 460 to 490", "orders", 460, 490),
        ("days with orders in the 460 to 490 interval", "orders", 460, 490),
        ("categories in the 460-490 range for orders", "orders", 460, 490),
        ("revenue between 1000-1500 by day", "net_revenue", 1000, 1500),
        ("products with exactly 20 units", "units", 20, 20),
        ("80 units or fewer by product", "units", None, 80),
        ("days with 80 orders and up", "orders", 80, None),
        ("products that we sold at least fifty of", "units", 50, None),
        ("days without orders", "orders", None, 0),
    ],
)
def test_bounds(text: str, metric: str, low: int | None, high: int | None) -> None:
    bound = read_bound(text)

    assert (bound.metric, bound.at_least, bound.at_most) == (metric, low, high)
    assert not bound.is_strict


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("days with more than 10 orders", 10, None),
        ("days with less than 10 orders", None, 10),
    ],
)
def test_what_is_more_or_less_is_not_the_bound_itself(
    text: str, low: int | None, high: int | None
) -> None:
    bound = read_bound(text)

    assert (bound.at_least, bound.at_most, bound.is_strict) == (low, high, True)


def test_an_exact_rate_is_one_in_percent() -> None:
    bound = read_bound("categories with a refund rate of exactly 20%")

    assert (bound.at_least, bound.at_most) == (Decimal(20), Decimal(20))
    assert bound.is_percent


@pytest.mark.parametrize(
    ("text", "is_money"),
    [("days with 100 euros sold and up", True), ("days with 100 orders and up", False)],
)
def test_a_currency_behind_a_number_makes_it_money(text: str, is_money: bool) -> None:
    assert read_bound(text).is_money is is_money


@pytest.mark.parametrize(
    "text", ["revenue over 6 months", "days with 10 and 20 orders"]
)
def test_other_numbers_are_no_bounds(text: str) -> None:
    assert not parse_alone(text).request.bounds


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("products that sold less than 10 last month", "units"),
        ("products of which we sold no more than 5", "units"),
        ("products that brought in less than 10 last month", None),
        ("products that sold for less than $10 last month", None),
    ],
)
def test_a_bare_number_of_goods_sold_is_of_pieces(
    text: str, metric: str | None
) -> None:
    assert read_bound(text).metric == metric


def test_a_number_of_rows_is_no_bound() -> None:
    text = "how many items did we sell to more than 3 countries"

    assert parse_alone(text).request.bounds == []
