"""The jobs that move money, run as the worker runs them."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from tests.support.checkout import DECLINED, VISA, CheckoutHarness
from tests.support.job_runner import JobRunner
from webapp.adapters.payments.port import (
    PaymentIntentStatus,
    PaymentUnavailable,
    RefundReceipt,
)
from webapp.checkout import steps
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderEventType, OrderStatus, PaymentStatus
from webapp.payments import service as payments
from webapp.payments.models import Refund


@pytest.fixture
def paid(shop: CheckoutHarness) -> Order:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    return shop.place(owner)


def refund(shop: CheckoutHarness, order: Order, amount_minor: int | None) -> UUID:
    with shop.db.unit_of_work() as session:
        _, row = steps.refund(
            session, order_id=order.id, amount_minor=amount_minor, reason="broken"
        )
        return row.id


def reconcile_refunds(
    shop: CheckoutHarness,
    order: Order,
    *,
    receipts: Sequence[RefundReceipt],
    rejected_id: UUID | None = None,
) -> None:
    assert order.payment_id is not None
    with shop.db.unit_of_work() as session:
        steps.reconcile_refunds(
            session,
            orders.lock_order(session, order_id=order.id),
            intent_id=order.payment_id,
            receipts=receipts,
            rejected_id=rejected_id,
        )


def find_stripe_refund_id(shop: CheckoutHarness, refund_id: UUID) -> str | None:
    with shop.db.unit_of_work() as session:
        return session.get_one(Refund, refund_id).stripe_refund_id


def test_a_refund_is_sent_and_recorded(
    shop: CheckoutHarness, run_jobs: JobRunner, paid: Order
) -> None:
    refund_id = refund(shop, paid, 1000)

    run_jobs("payments.refund")

    assert shop.sum_payments(paid.id) == (1, 2700, 1000)
    assert (find_stripe_refund_id(shop, refund_id) or "").startswith("re_")
    assert "payments.refund" not in shop.due_jobs()


def test_a_fully_refunded_order_is_not_fulfilled(
    shop: CheckoutHarness, run_jobs: JobRunner, paid: Order
) -> None:
    refund(shop, paid, None)

    run_jobs("orders.fulfil")

    assert shop.order(paid.id).status == OrderStatus.PAID


def test_a_refund_whose_response_was_lost_is_sent_once(
    shop: CheckoutHarness, run_jobs: JobRunner, paid: Order
) -> None:
    refund_id = refund(shop, paid, 1000)
    shop.arm_fault("drop_reply", target="refunds.create", count=10)
    with pytest.raises(PaymentUnavailable):
        run_jobs("payments.refund")
    shop.simulator.faults.clear()
    shop.expire_idempotency_keys()

    run_jobs("payments.refund")

    assert shop.sum_payments(paid.id) == (1, 2700, 1000)
    assert find_stripe_refund_id(shop, refund_id) is not None


def refund_at_stripe(shop: CheckoutHarness, paid: Order, amount_minor: int) -> None:
    """Refund in Stripe's dashboard: the shop does not know of it yet."""
    assert paid.payment_id is not None
    shop.gateway.refund(
        intent_id=paid.payment_id,
        amount_minor=amount_minor,
        reason="",
        idempotency_key="at the dashboard",
    )


def test_a_refund_that_exceeds_what_is_left_is_dropped(
    shop: CheckoutHarness, run_jobs: JobRunner, paid: Order
) -> None:
    # Half of it was refunded at Stripe, and the webhook has not arrived.
    refund_at_stripe(shop, paid, 1350)
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=paid.id, actor=Actor.ADMIN)

    run_jobs("payments.refund")
    run_jobs("payments.refund")

    assert shop.sum_payments(paid.id) == (1, 2700, 2700)
    assert shop.order(paid.id).payment_status == PaymentStatus.REFUNDED
    assert "payment.refund_failed" not in shop.notified_events()
    assert "payments.refund" not in shop.due_jobs()


def test_a_refund_that_stripe_rejects_is_notified_and_not_counted(
    shop: CheckoutHarness, run_jobs: JobRunner, paid: Order
) -> None:
    refund_at_stripe(shop, paid, 2000)
    refund(shop, paid, 1000)

    run_jobs("payments.refund")

    order = shop.order(paid.id)
    assert order.payment_status == PaymentStatus.PARTIALLY_REFUNDED
    assert "payment.refund_failed" in shop.notified_events()
    assert shop.sum_payments(paid.id) == (1, 2700, 2000)
    assert shop.refunds(paid.id) == [2000]


def test_a_refund_that_stripe_rejects_does_not_count_although_enough_is_left(
    shop: CheckoutHarness, paid: Order
) -> None:
    rejected_id = refund(shop, paid, 1000)
    refund(shop, paid, 700)

    reconcile_refunds(shop, paid, receipts=[], rejected_id=rejected_id)

    assert shop.refunds(paid.id) == [700]
    assert shop.notified_events() == [
        "order.confirmed",
        "order.refunded",
        "order.refunded",
        "payment.refund_failed",
    ]


def test_the_refund_of_a_canceled_order_completes_one_made_at_stripe(
    shop: CheckoutHarness, paid: Order
) -> None:
    refund_at_stripe(shop, paid, 700)
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=paid.id, actor=Actor.ADMIN)
    assert paid.payment_id is not None

    reconcile_refunds(shop, paid, receipts=shop.gateway.list_refunds(paid.payment_id))

    # The refund of all that was paid, which was not sent yet, is replaced by the rest.
    assert sorted(shop.refunds(paid.id)) == [700, 2000]
    assert sorted(shop.refund_reasons()) == ["made at Stripe", "order_is_over"]


def test_a_second_payment_of_an_order_is_refunded_automatically(
    shop: CheckoutHarness, run_jobs: JobRunner, paid: Order
) -> None:
    again = shop.gateway.charge(
        order_id=str(paid.id),
        amount_minor=paid.total_minor,
        currency=paid.currency,
        payment_method_id=VISA,
        idempotency_key="of another day",
    )

    shop.apply_intent(paid.id, again)
    order = shop.apply_intent(paid.id, again)
    assert shop.due_jobs().count("payments.return_whole") == 1
    [duplicate] = [
        event
        for event in order.events
        if event.type == OrderEventType.PAYMENT_DUPLICATE
    ]
    assert duplicate.details == {"intent_id": again.id}
    run_jobs("payments.return_whole")

    assert (order.status, order.payment_status) == (
        OrderStatus.PAID,
        PaymentStatus.PAID,
    )
    assert shop.sum_payments(paid.id) == (2, 5400, 2700)


def test_a_second_payment_that_is_already_refunded_is_done(
    shop: CheckoutHarness, run_jobs: JobRunner, paid: Order
) -> None:
    again = shop.gateway.charge(
        order_id=str(paid.id),
        amount_minor=paid.total_minor,
        currency=paid.currency,
        payment_method_id=VISA,
        idempotency_key="of another day",
    )
    shop.apply_intent(paid.id, again)
    shop.gateway.refund(intent_id=again.id, reason="", idempotency_key="by hand")

    run_jobs("payments.return_whole")

    assert shop.sum_payments(paid.id) == (2, 5400, 2700)
    assert "payments.return_whole" not in shop.due_jobs()


def test_a_declined_order_is_void_when_its_intent_is_closed(
    shop: CheckoutHarness, run_jobs: JobRunner
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=DECLINED)
    stale = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert stale is not None

    run_jobs("payments.cancel")
    shop.apply_intent(order.id, stale)

    with shop.db.unit_of_work() as session:
        payment = payments.find_payment(session, order_id=order.id)
    assert payment is not None
    assert payment.status == PaymentIntentStatus.CANCELED
    assert shop.order(order.id).payment_status == PaymentStatus.VOIDED
    assert shop.notified_events() == []


def test_canceling_before_the_payment_cancels_the_intent(
    shop: CheckoutHarness, run_jobs: JobRunner
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card="pm_card_threeDSecure2Required")
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)

    assert shop.notified_events() == ["order.cancelled"]
    run_jobs("payments.cancel")

    assert shop.order(order.id).payment_status == PaymentStatus.VOIDED
    intent = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert intent is not None
    assert intent.is_canceled
    assert shop.stock_levels(kettle) == (5, 0)
    assert "payments.cancel" not in shop.due_jobs()
