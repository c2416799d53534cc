from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.kit.money import (
    Currency,
    NotAnAmount,
    divide_rounded,
    format_money,
    percent_of,
    to_major,
    to_minor,
)


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("12.50", 1250), (3, 300), ("0.1", 10), ("-2.55", -255), (Decimal("1E2"), 10000)],
)
def test_major_units_become_minor(amount: str, minor: int) -> None:
    assert to_minor(amount) == minor


@pytest.mark.parametrize("code", ["EUR", "eur", " Eur "])
def test_a_currency_is_known_by_its_code_in_any_case(code: str) -> None:
    assert Currency(code) is Currency.EUR


@pytest.mark.parametrize("code", ["XYZ", "", "EUROS"])
def test_another_currency_is_none(code: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Currency"):
        Currency(code)


@pytest.mark.parametrize(
    "amount",
    ["0.001", "1.005", "NaN", "Infinity", "ten", "", "1e999999", "1e999990"],
)
def test_an_invalid_amount_is_rejected_not_rounded(amount: str) -> None:
    with pytest.raises(NotAnAmount):
        to_minor(amount)


@given(st.integers(-(10**12), 10**12))
def test_converting_to_major_units_and_back_changes_nothing(minor: int) -> None:
    assert to_minor(to_major(minor)) == minor


@pytest.mark.parametrize(
    ("minor", "percent", "tax"),
    [
        (1000, "8", 80),
        (1006, "8", 80),  # 80.48
        (1007, "8", 81),  # 80.56
        (625, "2", 13),  # 12.5: half a cent rounds away from zero
        (-625, "2", -13),
        (999, "0", 0),
        (1000, "8.875", 89),  # 88.75
    ],
)
def test_a_percentage_rounds_half_a_cent_away_from_zero(
    minor: int, percent: str, tax: int
) -> None:
    assert percent_of(minor, Decimal(percent)) == tax


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_division_is_to_the_nearest(dividend: int, divisor: int) -> None:
    assert abs(2 * (divide_rounded(dividend, divisor) * divisor - dividend)) <= divisor


def test_amounts_are_formatted_with_their_symbol() -> None:
    assert format_money(123450, "USD") == "$1,234.50"
    assert format_money(-300, "GBP") == "-£3.00"
