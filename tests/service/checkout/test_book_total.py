"""The book total of an order does not depend on the currency it is paid in."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.support.checkout import POLICY, CheckoutHarness
from webapp.cart.taxes import TaxTable
from webapp.checkout.policy import ExchangeRates
from webapp.db.outbox import OutboxMessage
from webapp.db.session import Database
from webapp.kit.money import Currency

RATES = {"EUR": "0.92", "GBP": "0.79", "AUD": "1.52", "CAD": "1.37"}
FIVE_CURRENCIES = replace(
    POLICY,
    taxes=TaxTable(Decimal(0), {}),
    exchange_rates=ExchangeRates(
        "USD", {name: Decimal(rate) for name, rate in RATES.items()}
    ),
)
HIGH = "total of 1,000 or more"


def count_high_value_events(db: Database) -> int:
    with db.unit_of_work() as session:
        arguments = session.scalars(select(OutboxMessage.arguments))
        return sum(row.get("event") == "order.high_value" for row in arguments)


@pytest.mark.slow
@pytest.mark.parametrize("currency", Currency)
@pytest.mark.parametrize(
    ("price_minor", "quantity", "is_high"),
    [
        (1_000_00, 1, True),
        (999_99, 1, False),
        # £0.80 is rounded up: 990 of it are worth more than 1,000. C$1.38 is rounded down.
        (1_01, 990, False),
        (1_01, 991, True),
    ],
)
def test_the_same_goods_are_of_high_value_in_every_currency_or_in_none(
    shop: CheckoutHarness,
    currency: Currency,
    price_minor: int,
    quantity: int,
    is_high: bool,
) -> None:
    owner = shop.customer()
    goods = shop.variant(price_minor=price_minor, stock=quantity)
    shop.fill_cart(owner, goods, quantity)

    order = shop.place(owner, currency=currency, policy=FIVE_CURRENCIES)

    assert order.book_total_minor == price_minor * quantity
    assert (HIGH in order.risk_reasons) is is_high
    assert count_high_value_events(shop.db) == int(is_high)
