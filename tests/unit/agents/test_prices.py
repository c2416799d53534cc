from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local.prices import PriceRange, parse_price_range, strip_prices


@pytest.mark.parametrize(
    ("utterance", "low", "high"),
    [
        ("a gaming laptop under $1000", None, "1000"),
        ("under $1,500.", None, "1500"),
        ("less than fifty", None, "50"),
        ("for less than a thousand", None, "1000"),
        ("up to 2k", None, "2000"),
        ("300$ at most, so at most 300$", None, "300"),
        ("over 1,200.50", "1200.50", None),
        ("at least £20", "20", None),
        ("between 20 and 40 dollars", "20", "40"),
        ("between 40 and 20", "20", "40"),
        ("headphones $20-$50", "20", "50"),
        ("from 50 to 80", "50", "80"),
        ("at around $100", "80", "120"),
        ("over 10 but under 30", "10", "30"),
        ("a monitor over 24 inch under 300$", None, "300"),
    ],
)
def test_prices_are_parsed_as_people_write_them(
    utterance: str, low: str | None, high: str | None
) -> None:
    expected = PriceRange(low and Decimal(low), high and Decimal(high))  # type: ignore[arg-type]

    assert parse_price_range(utterance) == expected


@pytest.mark.parametrize(
    "utterance",
    ["toys for kids under 5 years", "where is order 1042", "size 42", "add 3 of them"],
)
def test_not_every_number_is_a_price(utterance: str) -> None:
    assert not parse_price_range(utterance)


def test_the_text_without_its_prices_can_be_searched_for() -> None:
    assert strip_prices("kettle between 20 and 40 dollars").split() == ["kettle"]


@given(st.text())
def test_no_text_makes_the_parser_raise(utterance: str) -> None:
    parse_price_range(utterance)
    strip_prices(utterance)
