"""An order that is given up keeps no money, however late its charge comes.

Only Stripe's answers and our own jobs count here: every webhook is lost.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.support.checkout import (
    ADDRESS,
    POLICY,
    THREE_D_SECURE,
    VISA,
    CheckoutHarness,
)
from tests.support.stripe_simulator import wait_until
from webapp.adapters.payments.port import (
    PaymentIntent,
    PaymentIntentStatus,
    PaymentKeyReused,
    PaymentRequestRefused,
    PaymentUnavailable,
)
from webapp.checkout import steps
from webapp.checkout.placement import CheckoutRequest, create_order
from webapp.checkout.policy import CheckoutPolicy
from webapp.kit.clock import utc_now
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderStatus, PaymentStatus


@pytest.fixture
def kettle(shop: CheckoutHarness) -> UUID:
    return shop.variant(stock=5)


@pytest.fixture
def order(shop: CheckoutHarness, kettle: UUID) -> Order:
    """Not charged yet."""
    return opened(shop, kettle)


def opened(
    shop: CheckoutHarness,
    kettle: UUID,
    *,
    card: str = VISA,
    terms: CheckoutPolicy = POLICY,
) -> Order:
    owner = shop.customer()
    shop.fill_cart(owner, kettle)
    with shop.db.unit_of_work() as session:
        placing = CheckoutRequest(owner, card, ADDRESS)
        return create_order(session, placing, policy=terms, now=utc_now())


def cancelled(shop: CheckoutHarness, order: Order) -> None:
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)


def charged(shop: CheckoutHarness, order: Order) -> PaymentIntent:
    """What the process that charges asks of Stripe, whatever became of the order."""
    return shop.gateway.charge(
        order_id=str(order.id),
        amount_minor=order.total_minor,
        currency=order.currency,
        payment_method_id=order.payment_method_id or "",
        idempotency_key=str(order.id),
    )


@pytest.mark.parametrize("way", ["cancelled", "expired"])
def test_a_charge_that_comes_after_the_end_takes_nothing(
    shop: CheckoutHarness, order: Order, kettle: UUID, way: str
) -> None:
    if way == "cancelled":
        cancelled(shop, order)
        shop.checkout.abort(order.id)
    else:
        shop.checkout.expire(order.id)

    with pytest.raises(PaymentKeyReused):
        charged(shop, order)

    assert shop.order(order.id).status == OrderStatus.CANCELLED
    assert shop.sum_payments(order.id) == (0, 0, 0)
    assert shop.stock_levels(kettle) == (5, 0)


def told_apart(**_: object) -> PaymentIntent:
    """Stripe may compare a request with the first one before that has its answer."""
    raise PaymentKeyReused("This key belongs to another request")


@pytest.mark.parametrize("taking_the_key", [None, told_apart])
def test_a_charge_under_way_while_its_order_is_cancelled_goes_back(
    shop: CheckoutHarness,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
    taking_the_key: Callable[..., PaymentIntent] | None,
) -> None:
    if taking_the_key is not None:
        monkeypatch.setattr(shop.gateway, "create_intent", taking_the_key)
    # Stripe works on the charge for a while; then its process is dead, and nobody hears.
    shop.arm_fault("slow", target="payment_intents.create", seconds=4)
    charge = threading.Thread(target=charged, args=(shop, order))
    charge.start()
    wait_until(lambda: _struck(shop))
    cancelled(shop, order)

    with pytest.raises(PaymentUnavailable):
        shop.checkout.abort(order.id)
    charge.join()
    over = shop.checkout.abort(order.id)

    assert (over.status, over.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.REFUNDED,
    )
    assert "payments.refund" in shop.due_jobs()


def _struck(shop: CheckoutHarness) -> bool:
    return bool(shop.simulator.faults.list_faults()[0]["struck"])


def test_money_whose_reply_was_lost_before_the_cancellation_goes_back(
    shop: CheckoutHarness, order: Order
) -> None:
    charged(shop, order)
    cancelled(shop, order)

    over = shop.checkout.abort(order.id)

    assert over.payment_status == PaymentStatus.REFUNDED


def test_who_charges_an_order_that_is_given_up_gives_it_up_as_well(
    shop: CheckoutHarness, order: Order, kettle: UUID
) -> None:
    # Its key is taken, and who took it died before writing that down.
    shop.gateway.create_intent(
        order_id=str(order.id),
        amount_minor=order.total_minor,
        currency=order.currency,
        idempotency_key=str(order.id),
    )

    late = shop.checkout.charge(order.id)

    assert late.status == OrderStatus.CANCELLED
    assert shop.sum_payments(order.id) == (0, 0, 0)
    assert shop.stock_levels(kettle) == (5, 0)


@pytest.mark.parametrize("was_charged", [False, True])
def test_an_order_whose_time_is_over_is_not_charged_any_more(
    shop: CheckoutHarness, kettle: UUID, *, was_charged: bool
) -> None:
    order = opened(shop, kettle, terms=replace(POLICY, hold_duration=timedelta(0)))
    if was_charged:
        charged(shop, order)
        shop.expire_idempotency_keys()

    late = shop.checkout.charge(order.id)

    assert shop.sum_payments(order.id)[0] == was_charged
    assert late.status == (OrderStatus.PAID if was_charged else OrderStatus.CANCELLED)


def test_a_charge_that_stripe_refused_leaves_nothing_to_look_for(
    shop: CheckoutHarness, kettle: UUID
) -> None:
    order = opened(shop, kettle, card="pm_nobody_has_this")
    with pytest.raises(PaymentRequestRefused):
        charged(shop, order)

    assert shop.checkout.expire(order.id).status == OrderStatus.CANCELLED


def test_what_is_being_processed_is_asked_about_again(
    shop: CheckoutHarness, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    underway = replace(charged(shop, order), status=PaymentIntentStatus.PROCESSING)
    monkeypatch.setattr(shop.gateway, "cancel_intent", lambda *_, **__: underway)

    with pytest.raises(PaymentUnavailable):
        shop.checkout.expire(order.id)

    assert shop.order(order.id).status == OrderStatus.PENDING


def test_an_intent_that_is_cancelled_at_stripe_ends_its_order(
    shop: CheckoutHarness, kettle: UUID
) -> None:
    owner = shop.customer()
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=THREE_D_SECURE)
    intent = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert intent is not None
    gone = shop.gateway.cancel_intent(intent.id, idempotency_key="at the dashboard")

    over = shop.checkout.apply_intent(order.id, gone)

    assert over.status == OrderStatus.CANCELLED
    assert shop.stock_levels(kettle) == (5, 0)
