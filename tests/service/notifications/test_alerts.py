"""Alerts to the admins that a sale causes."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from tests.support.checkout import THREE_D_SECURE, CheckoutHarness
from webapp.adapters.payments.port import PaymentIntentStatus
from webapp.checkout.policy import AlertThresholds
from webapp.checkout.workflow import Checkout, IntentReported
from webapp.db.outbox import OutboxMessage


def count_enqueued(shop: CheckoutHarness, event: str) -> int:
    with shop.db.unit_of_work() as session:
        rows = session.scalars(
            select(OutboxMessage.arguments).where(
                OutboxMessage.job == "notifications.tell"
            )
        )
        return sum(arguments["event"] == event for arguments in rows)


def sell(shop: CheckoutHarness, variant_id: UUID, quantity: int = 1) -> None:
    owner = shop.customer()
    shop.fill_cart(owner, variant_id, quantity)
    shop.place(owner)


def test_low_stock_is_reported_once_by_the_sale_that_makes_it_low(
    shop: CheckoutHarness,
) -> None:
    kettle = shop.variant(stock=8)

    sell(shop, kettle, 2)
    assert count_enqueued(shop, "stock.low") == 0
    sell(shop, kettle, 1)
    assert count_enqueued(shop, "stock.low") == 1
    sell(shop, kettle, 1)
    assert count_enqueued(shop, "stock.low") == 1


def test_an_order_of_high_value_is_reported(shop: CheckoutHarness) -> None:
    sell(shop, shop.variant(price_minor=50_00, stock=20), 1)
    assert count_enqueued(shop, "order.high_value") == 0

    sell(shop, shop.variant(price_minor=1000_00, stock=20), 1)

    assert count_enqueued(shop, "order.high_value") == 1


def test_the_thresholds_are_settings(shop: CheckoutHarness) -> None:
    kettle = shop.variant(stock=30, price_minor=10_00)
    owner = shop.customer()
    shop.fill_cart(owner, kettle, 1)
    order = shop.place(owner, card=THREE_D_SECURE)
    alerts = AlertThresholds(low_stock=29, high_value_minor=10_00)
    intent = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert intent is not None
    paid = replace(intent, status=PaymentIntentStatus.SUCCEEDED)

    checkout = Checkout(shop.db, shop.gateway, alerts=alerts)
    with shop.db.unit_of_work() as session:
        checkout.record(session, IntentReported(order.id, paid))

    assert count_enqueued(shop, "stock.low") == 1
    assert count_enqueued(shop, "order.high_value") == 1
