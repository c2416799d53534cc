from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.cart.taxes import TaxTable
from webapp.checkout.policy import (
    AlertThresholds,
    CheckoutPolicy,
    CurrencyNotOffered,
    ExchangeRates,
    convert_amount,
)
from webapp.config import Settings
from webapp.kit.money import Currency

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


def test_the_settings_of_a_checkout_reach_its_policy() -> None:
    settings = Settings(
        currency=Currency.EUR,
        exchange_rates={"USD": Decimal("1.25")},
        tax_percent=Decimal(19),
        tax_table={"AT": Decimal(20)},
        hold_seconds=90,
        review_threshold=7,
    )

    assert CheckoutPolicy.from_settings(settings) == CheckoutPolicy(
        taxes=TaxTable(Decimal(19), {"AT": Decimal(20)}),
        exchange_rates=ExchangeRates("EUR", {"USD": Decimal("1.25")}),
        hold_duration=timedelta(minutes=1, seconds=30),
        review_threshold=7,
    )


def test_the_thresholds_of_alerts_are_units_and_minor_units() -> None:
    settings = Settings(low_stock_threshold=3, high_value_threshold=Decimal("250.50"))

    assert AlertThresholds.from_settings(settings) == AlertThresholds(
        low_stock=3, high_value_minor=250_50
    )
