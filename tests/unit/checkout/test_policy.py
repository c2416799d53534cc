from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.checkout.policy import CurrencyNotOffered, ExchangeRates, convert_amount

RATES = ExchangeRates("USD", {"EUR": Decimal("0.92"), "GBP": Decimal("0.79")})


def test_rates_go_both_ways_and_across() -> None:
    assert RATES.get_rate("USD", "EUR") == Decimal("0.92")
    assert RATES.get_rate("EUR", "USD") == Decimal("1.08695652")
    assert RATES.get_rate("EUR", "GBP") == Decimal("0.85869565")
    assert RATES.get_rate("EUR", "EUR") == 1


def test_a_currency_without_a_rate_is_not_offered() -> None:
    with pytest.raises(CurrencyNotOffered, match="CAD"):
        RATES.get_rate("USD", "CAD")


@pytest.mark.parametrize(
    ("minor", "rate", "converted"),
    [
        (1000, "0.92", 920),
        (1001, "0.92", 921),  # 920.92
        (25, "0.5", 13),  # 12.5: half a cent rounds away from zero
        (0, "0.92", 0),
    ],
)
def test_converting_rounds_half_a_cent_away_from_zero(
    minor: int, rate: str, converted: int
) -> None:
    assert convert_amount(minor, Decimal(rate)) == converted


@given(st.integers(0, 10**8))
def test_the_same_currency_changes_nothing(minor: int) -> None:
    assert convert_amount(minor, Decimal(1)) == minor
