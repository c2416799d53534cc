"""An aborted order keeps no payment, however late its charge arrives.

The tests rely on Stripe's responses and the shop's own jobs only: every webhook is lost.
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
from tests.support.waiting import eventually
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
    return create_unpaid_order(shop, kettle)


def create_unpaid_order(
    shop: CheckoutHarness,
    kettle: UUID,
    *,
    card: str = VISA,
    policy: CheckoutPolicy = POLICY,
) -> Order:
    owner = shop.customer()
    shop.fill_cart(owner, kettle)
    with shop.db.unit_of_work() as session:
        request = CheckoutRequest(owner, card, ADDRESS)
        return create_order(session, request, policy=policy, now=utc_now())


def cancel(shop: CheckoutHarness, order: Order) -> None:
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)


def charge(shop: CheckoutHarness, order: Order) -> PaymentIntent:
    """Charge the order at Stripe, as the checkout does, whatever the order's status."""
    return shop.gateway.charge(
        order_id=str(order.id),
        amount_minor=order.total_minor,
        currency=order.currency,
        payment_method_id=order.payment_method_id or "",
        idempotency_key=str(order.id),
    )


@pytest.mark.parametrize("way", ["cancelled", "expired"])
def test_a_charge_of_a_closed_order_takes_no_money(
    shop: CheckoutHarness, order: Order, kettle: UUID, way: str
) -> None:
    if way == "cancelled":
        cancel(shop, order)
        shop.abort(order.id)
    else:
        shop.expire(order.id)

    with pytest.raises(PaymentKeyReused):
        charge(shop, order)

    closed = shop.order(order.id)
    assert (closed.status, closed.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.VOIDED,
    )
    blocking = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert blocking is not None
    assert (blocking.id, blocking.is_canceled) == (closed.payment_id, True)
    assert shop.sum_payments(order.id) == (0, 0, 0)
    assert shop.stock_levels(kettle) == (5, 0)


def reject_key(**_: object) -> PaymentIntent:
    """Stripe may detect a reused key before the first request has its response."""
    raise PaymentKeyReused("This key belongs to another request")


@pytest.mark.parametrize("create_intent", [None, reject_key])
def test_a_charge_in_flight_while_its_order_is_canceled_is_refunded(
    shop: CheckoutHarness,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
    create_intent: Callable[..., PaymentIntent] | None,
) -> None:
    if create_intent is not None:
        monkeypatch.setattr(shop.gateway, "create_intent", create_intent)
    # Stripe takes a while; by then the process that charges is dead, and the response is lost.
    shop.arm_fault("slow", target="payment_intents.create", seconds=4)
    charging = threading.Thread(target=charge, args=(shop, order))
    charging.start()
    eventually(lambda: _is_fault_triggered(shop))
    cancel(shop, order)

    with pytest.raises(PaymentUnavailable):
        shop.abort(order.id)
    charging.join()
    closed = shop.abort(order.id)

    assert (closed.status, closed.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.REFUNDED,
    )
    assert "payments.refund" in shop.due_jobs()


def _is_fault_triggered(shop: CheckoutHarness) -> bool:
    return bool(shop.simulator.faults.list_faults()[0]["struck"])


def test_a_charge_whose_response_was_lost_before_the_cancellation_is_refunded(
    shop: CheckoutHarness, order: Order
) -> None:
    charge(shop, order)
    cancel(shop, order)

    closed = shop.abort(order.id)

    assert closed.payment_status == PaymentStatus.REFUNDED


def test_a_charge_with_arguments_that_are_no_longer_known_is_found(
    shop: CheckoutHarness, order: Order
) -> None:
    # As an earlier release might have charged it: the key cannot be used again.
    shop.gateway.charge(
        order_id=str(order.id),
        amount_minor=order.total_minor,
        currency=order.currency,
        payment_method_id=VISA,
        idempotency_key=str(order.id),
        customer_email="ada@example.com",
    )

    assert shop.expire(order.id).status == OrderStatus.PAID
    assert shop.sum_payments(order.id) == (1, 2700, 0)


def test_charging_an_order_whose_key_an_abort_has_claimed_cancels_it(
    shop: CheckoutHarness, order: Order, kettle: UUID
) -> None:
    # An abort has claimed its key, and its process died before it could record that.
    shop.gateway.create_intent(
        order_id=str(order.id),
        amount_minor=order.total_minor,
        currency=order.currency,
        idempotency_key=str(order.id),
    )

    charged = shop.charge(order.id)

    assert charged.status == OrderStatus.CANCELLED
    assert shop.sum_payments(order.id) == (0, 0, 0)
    assert shop.stock_levels(kettle) == (5, 0)


@pytest.mark.parametrize("was_charged", [False, True])
def test_an_order_whose_hold_has_expired_is_no_longer_charged(
    shop: CheckoutHarness, kettle: UUID, *, was_charged: bool
) -> None:
    order = create_unpaid_order(
        shop, kettle, policy=replace(POLICY, hold_duration=timedelta(0))
    )
    if was_charged:
        charge(shop, order)
        shop.expire_idempotency_keys()

    charged = shop.charge(order.id)

    assert shop.sum_payments(order.id)[0] == was_charged
    assert charged.status == (
        OrderStatus.PAID if was_charged else OrderStatus.CANCELLED
    )


def test_a_charge_that_stripe_rejected_leaves_no_intent_to_cancel(
    shop: CheckoutHarness, kettle: UUID
) -> None:
    order = create_unpaid_order(shop, kettle, card="pm_unknown")
    with pytest.raises(PaymentRequestRefused):
        charge(shop, order)

    assert shop.expire(order.id).status == OrderStatus.CANCELLED


def test_a_payment_that_is_being_processed_does_not_cancel_its_order(
    shop: CheckoutHarness, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    processing = replace(charge(shop, order), status=PaymentIntentStatus.PROCESSING)
    monkeypatch.setattr(shop.gateway, "cancel_intent", lambda *_, **__: processing)

    with pytest.raises(PaymentUnavailable):
        shop.expire(order.id)

    assert shop.order(order.id).status == OrderStatus.PENDING


def test_an_intent_that_is_canceled_at_stripe_cancels_its_order(
    shop: CheckoutHarness, kettle: UUID
) -> None:
    owner = shop.customer()
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=THREE_D_SECURE)
    intent = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert intent is not None
    canceled = shop.gateway.cancel_intent(intent.id, idempotency_key="at the dashboard")

    closed = shop.apply_intent(order.id, canceled)

    assert closed.status == OrderStatus.CANCELLED
    assert shop.stock_levels(kettle) == (5, 0)
