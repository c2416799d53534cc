from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from webapp.cart.read_models import CartRow
from webapp.cart.taxes import TaxTable
from webapp.checkout.policy import CheckoutPolicy, CurrencyNotOffered, ExchangeRates
from webapp.checkout.quote import Quote

POLICY = CheckoutPolicy(
    taxes=TaxTable(Decimal(8), {"US-CA": Decimal("7.25"), "DE": Decimal(19)}),
    exchange_rates=ExchangeRates("USD", {"EUR": Decimal("0.92")}),
    hold_duration=timedelta(minutes=15),
    review_threshold=60,
)
ILLINOIS = {"country": "US", "state": "IL"}


def build_row(
    price_minor: int, quantity: int = 1, *, currency: str = "USD", seen: int = 1
) -> CartRow:
    return CartRow(
        product_id=uuid4(),
        variant_id=uuid4(),
        name="Kettle",
        sku="KET-1",
        category="Kitchen",
        brand=None,
        tags=[],
        image_url=None,
        options={},
        currency=currency,
        is_active=True,
        quantity=quantity,
        added_price_minor=seen,
        seen_price_minor=seen,
        price_minor=price_minor,
        stock=quantity,
        added_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_a_quote_in_the_currency_of_the_prices() -> None:
    rows = [build_row(10_00, 3), build_row(5_55)]

    quote = Quote.from_cart(rows, policy=POLICY, shipping_address=ILLINOIS)

    assert [line.row for line in quote.lines] == rows
    assert [line.total_minor for line in quote.lines] == [30_00, 5_55]
    assert (quote.totals.subtotal_minor, quote.totals.tax_minor) == (35_55, 2_84)
    assert quote.totals.total_minor == quote.book_total_minor == 38_39
    assert (quote.currency, quote.base_currency) == ("USD", "USD")
    assert not quote.is_converted


def test_each_unit_price_is_converted_and_the_book_total_is_not() -> None:
    rows = [build_row(1, 1_000)]

    quote = Quote.from_cart(
        rows, policy=POLICY, shipping_address=ILLINOIS, currency="EUR"
    )

    # 0.92 of a cent rounds up to one, a thousand times.
    assert quote.lines[0].unit_price_minor == 1
    assert (quote.totals.subtotal_minor, quote.totals.total_minor) == (10_00, 10_80)
    assert quote.book_total_minor == 10_80
    assert (quote.currency, quote.exchange_rate) == ("EUR", Decimal("0.92"))
    assert quote.is_converted


def test_the_book_total_of_prices_in_another_currency_is_converted() -> None:
    untaxed = replace(POLICY, taxes=TaxTable(Decimal(0), {}))

    quote = Quote.from_cart(
        [build_row(92_00, currency="EUR")],
        policy=untaxed,
        shipping_address=ILLINOIS,
    )

    assert (quote.currency, quote.totals.total_minor) == ("EUR", 92_00)
    assert quote.book_total_minor == 100_00


@pytest.mark.parametrize(
    ("address", "percent"),
    [
        (ILLINOIS, "8"),
        ({"country": "US", "state": "CA"}, "7.25"),
        ({"country": "DE"}, "19"),
    ],
)
def test_the_address_decides_the_tax(address: dict[str, str], percent: str) -> None:
    quote = Quote.from_cart(
        [build_row(100_00)], policy=POLICY, shipping_address=address
    )

    assert quote.tax_percent == Decimal(percent)
    assert quote.totals.tax_minor == Decimal(percent) * 100


def test_a_quote_costs_what_the_product_costs_now() -> None:
    quote = Quote.from_cart(
        [build_row(20_00, seen=15_00)], policy=POLICY, shipping_address=ILLINOIS
    )

    assert quote.totals.subtotal_minor == 20_00


def test_a_currency_without_a_rate_is_not_quoted() -> None:
    with pytest.raises(CurrencyNotOffered):
        Quote.from_cart(
            [build_row(100)],
            policy=POLICY,
            shipping_address=ILLINOIS,
            currency="CAD",
        )


def test_a_quote_cannot_be_changed() -> None:
    quote = Quote.from_cart([build_row(100)], policy=POLICY, shipping_address=ILLINOIS)

    with pytest.raises(FrozenInstanceError):
        quote.currency = "EUR"  # type: ignore[misc]
