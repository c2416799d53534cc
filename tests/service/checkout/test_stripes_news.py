"""Webhooks: twice, late, first, of nobody's order; and what happens to money at Stripe."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.support.shopping import ADDRESS, ALERTS, TERMS, THREE_D_SECURE, VISA, Shop
from tests.support.stripe import WEBHOOK_SECRET
from webapp.adapters.payments.port import Intent
from webapp.checkout import steps
from webapp.checkout.placing import Placing, open_order
from webapp.checkout.webhooks import receive
from webapp.devtools.stripe_simulator.books import Range
from webapp.devtools.stripe_simulator.webhooks import signature
from webapp.kit.clock import utc_now
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import OrderStatus, PaymentStatus
from webapp.payments import service as payments


@pytest.fixture
def paid(shop: Shop) -> Order:
    return bought(shop, VISA)


def bought(shop: Shop, card: str) -> Order:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    return shop.place(owner, card=card)


def news(shop: Shop, kind: str) -> dict[str, Any]:
    """The latest event of this kind."""
    events, _ = shop.simulator.ledger.look(
        lambda books: books.page("event", Range(limit=1), parent=kind)
    )
    return events[0]


def deliver(shop: Shop, event: dict[str, Any]) -> None:
    payload = json.dumps(event).encode()
    receive(
        shop.db,
        shop.gateway,
        alerts=ALERTS,
        payload=payload,
        signature=signature(payload, secret=WEBHOOK_SECRET, now=int(time.time())),
    )


def is_remembered(shop: Shop, event: dict[str, Any]) -> bool:
    with shop.db.unit_of_work() as session:
        return payments.knows_event(session, event_id=event["id"])


def charged(shop: Shop, order_id: UUID) -> Intent:
    return shop.gateway.charge(
        order_id=str(order_id),
        amount_minor=2700,
        currency="USD",
        payment_method_id=VISA,
        idempotency_key=str(order_id),
    )


def returned(shop: Shop, order: Order, amount_minor: int | None = None) -> str:
    """At Stripe's dashboard; the refund's id there."""
    assert order.payment_id is not None
    return shop.gateway.refund(
        intent_id=order.payment_id,
        amount_minor=amount_minor,
        reason="",
        idempotency_key=f"dashboard-{uuid4()}",
    ).id


def test_a_webhook_may_be_first_and_come_twice(shop: Shop) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    with shop.db.unit_of_work() as session:
        placing = Placing(owner, VISA, ADDRESS)
        order = open_order(session, placing, terms=TERMS, now=utc_now())
    charged(shop, order.id)

    event = news(shop, "payment_intent.succeeded")
    deliver(shop, event)
    deliver(shop, event)

    assert shop.order(order.id).status == OrderStatus.PAID
    assert shop.checkout.charge(order.id).status == OrderStatus.PAID
    assert shop.shelf(kettle) == (4, 0)
    assert shop.told() == ["order.confirmed"]


def test_a_webhook_that_comes_late_tells_how_things_stand_now(shop: Shop) -> None:
    order = bought(shop, THREE_D_SECURE)
    late = news(shop, "payment_intent.requires_action")
    assert order.payment_id is not None
    shop.simulator.authenticate(order.payment_id, succeeds=True)

    deliver(shop, late)
    deliver(shop, news(shop, "payment_intent.succeeded"))

    assert shop.order(order.id).status == OrderStatus.PAID
    assert shop.told() == ["order.confirmed"]


def test_an_unknown_order_is_another_shops(shop: Shop) -> None:
    charged(shop, uuid4())
    event = news(shop, "payment_intent.succeeded")

    deliver(shop, event)

    assert is_remembered(shop, event)
    assert shop.order_count() == 0
    assert shop.promises() == []


def test_money_given_back_at_stripe_counts(shop: Shop, paid: Order) -> None:
    returned(shop, paid, 700)
    for kind in ("charge.refunded", "refund.created"):
        deliver(shop, news(shop, kind))

    order = shop.order(paid.id)
    assert order.payment_status == PaymentStatus.PARTIALLY_REFUNDED
    assert shop.refunds(paid.id) == [700]
    assert shop.told() == ["order.confirmed", "order.refunded"]

    returned(shop, paid)
    deliver(shop, news(shop, "charge.refunded"))

    assert shop.order(paid.id).payment_status == PaymentStatus.REFUNDED
    assert shop.refunds(paid.id) == [700, 2000]


def test_a_refund_of_ours_is_recognised_before_its_reply(
    shop: Shop, paid: Order
) -> None:
    with shop.db.unit_of_work() as session:
        _, row = steps.give_back(
            session, order_id=paid.id, amount_minor=700, reason="broken"
        )
    assert paid.payment_id is not None
    shop.gateway.refund(
        intent_id=paid.payment_id,
        amount_minor=700,
        reason="broken",
        idempotency_key=str(row.id),
    )

    deliver(shop, news(shop, "charge.refunded"))

    assert shop.refunds(paid.id) == [700]
    assert shop.told() == ["order.confirmed", "order.refunded"]


def test_a_refund_that_fails_later_is_told_and_does_not_count(
    shop: Shop, paid: Order
) -> None:
    refund_id = returned(shop, paid)
    before = shop.gateway.refunds_of(paid.payment_id or "")
    deliver(shop, news(shop, "charge.refunded"))
    shop.simulator.fail_refund(refund_id)

    for kind in ("charge.refund.updated", "refund.updated", "refund.failed"):
        deliver(shop, news(shop, kind))
    with shop.db.unit_of_work() as session:
        # Another delivery had looked before it failed, and comes to write it down now.
        order = orders.lock_order(session, order_id=paid.id)
        steps.heed_refunds(
            session, order, intent_id=paid.payment_id or "", receipts=before
        )

    assert shop.order(paid.id).payment_status == PaymentStatus.PAID
    assert shop.refunds(paid.id) == []
    assert shop.told().count("payment.refund_failed") == 1
    with shop.db.unit_of_work() as session:
        _, again = steps.give_back(
            session, order_id=paid.id, amount_minor=None, reason="another card"
        )
    assert again.amount_minor == 2700
