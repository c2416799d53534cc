"""The jobs that move money, run as the worker runs them."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from jobs.context import JobContext
from jobs.registry import JOBS
from tests.support.checkout import DECLINED, VISA, CheckoutHarness
from webapp.adapters.payments.port import PaymentIntentStatus, PaymentUnavailable
from webapp.bootstrap import Runtime
from webapp.checkout import steps
from webapp.db.outbox import OPEN, OutboxMessage
from webapp.orders.models import Order
from webapp.orders.status import Actor, OrderStatus, PaymentStatus
from webapp.payments import service as payments
from webapp.payments.models import Refund


@pytest.fixture
def work(shop: CheckoutHarness, runtime: Runtime) -> "Work":
    return Work(shop, replace(runtime, payments=shop.gateway))


class Work:
    def __init__(self, shop: CheckoutHarness, runtime: Runtime) -> None:
        self._shop = shop
        self._runtime = runtime

    def __call__(self, job: str) -> None:
        """Run every open promise of this job."""
        with self._shop.db.unit_of_work() as session:
            open_ = session.scalars(
                select(OutboxMessage).where(OPEN, OutboxMessage.job == job)
            ).all()
        assert open_, job
        for message in open_:
            JOBS[job].run(self._runtime, JobContext(message.id), **message.arguments)


@pytest.fixture
def paid(shop: CheckoutHarness) -> Order:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    return shop.place(owner)


def give_back(shop: CheckoutHarness, order: Order, amount_minor: int | None) -> UUID:
    with shop.db.unit_of_work() as session:
        _, refund = steps.refund(
            session, order_id=order.id, amount_minor=amount_minor, reason="broken"
        )
        return refund.id


def sent(shop: CheckoutHarness, refund_id: UUID) -> str | None:
    with shop.db.unit_of_work() as session:
        return session.get_one(Refund, refund_id).stripe_refund_id


def test_a_refund_is_sent_and_written_down(
    shop: CheckoutHarness, work: Work, paid: Order
) -> None:
    refund_id = give_back(shop, paid, 1000)

    work("payments.refund")

    assert shop.sum_payments(paid.id) == (1, 2700, 1000)
    assert (sent(shop, refund_id) or "").startswith("re_")
    assert "payments.refund" not in shop.due_jobs()


def test_an_order_whose_money_is_back_stays_in_the_warehouse(
    shop: CheckoutHarness, work: Work, paid: Order
) -> None:
    give_back(shop, paid, None)

    work("orders.fulfil")

    assert shop.order(paid.id).status == OrderStatus.PAID


def test_a_refund_whose_reply_was_lost_is_sent_once(
    shop: CheckoutHarness, work: Work, paid: Order
) -> None:
    refund_id = give_back(shop, paid, 1000)
    shop.arm_fault("drop_reply", target="refunds.create", count=10)
    with pytest.raises(PaymentUnavailable):
        work("payments.refund")
    shop.simulator.faults.clear()
    shop.expire_idempotency_keys()

    work("payments.refund")

    assert shop.sum_payments(paid.id) == (1, 2700, 1000)
    assert sent(shop, refund_id) is not None


def give_back_at_stripe(shop: CheckoutHarness, paid: Order, amount_minor: int) -> None:
    """As somebody does at its dashboard: we have not heard of it yet."""
    assert paid.payment_id is not None
    shop.gateway.refund(
        intent_id=paid.payment_id,
        amount_minor=amount_minor,
        reason="",
        idempotency_key="at the dashboard",
    )


def test_a_refund_that_no_longer_fits_gives_way(
    shop: CheckoutHarness, work: Work, paid: Order
) -> None:
    # Half of it went back at Stripe, and the news has not come.
    give_back_at_stripe(shop, paid, 1350)
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=paid.id, actor=Actor.ADMIN)

    work("payments.refund")
    work("payments.refund")

    assert shop.sum_payments(paid.id) == (1, 2700, 2700)
    assert shop.order(paid.id).payment_status == PaymentStatus.REFUNDED
    assert "payment.refund_failed" not in shop.notified_events()
    assert "payments.refund" not in shop.due_jobs()


def test_a_refund_that_stripe_refuses_is_told_and_not_counted(
    shop: CheckoutHarness, work: Work, paid: Order
) -> None:
    give_back_at_stripe(shop, paid, 2000)
    give_back(shop, paid, 1000)

    work("payments.refund")

    order = shop.order(paid.id)
    assert order.payment_status == PaymentStatus.PARTIALLY_REFUNDED
    assert "payment.refund_failed" in shop.notified_events()
    assert shop.sum_payments(paid.id) == (1, 2700, 2000)
    assert shop.refunds(paid.id) == [2000]


def test_a_second_payment_of_an_order_goes_back_by_itself(
    shop: CheckoutHarness, work: Work, paid: Order
) -> None:
    again = shop.gateway.charge(
        order_id=str(paid.id),
        amount_minor=paid.total_minor,
        currency=paid.currency,
        payment_method_id=VISA,
        idempotency_key="of another day",
    )

    shop.checkout.apply_intent(paid.id, again)
    order = shop.checkout.apply_intent(paid.id, again)
    assert shop.due_jobs().count("payments.return_whole") == 1
    work("payments.return_whole")

    assert (order.status, order.payment_status) == (
        OrderStatus.PAID,
        PaymentStatus.PAID,
    )
    assert shop.sum_payments(paid.id) == (2, 5400, 2700)


def test_what_went_back_already_is_content(
    shop: CheckoutHarness, work: Work, paid: Order
) -> None:
    again = shop.gateway.charge(
        order_id=str(paid.id),
        amount_minor=paid.total_minor,
        currency=paid.currency,
        payment_method_id=VISA,
        idempotency_key="of another day",
    )
    shop.checkout.apply_intent(paid.id, again)
    shop.gateway.refund(intent_id=again.id, reason="", idempotency_key="by hand")

    work("payments.return_whole")

    assert shop.sum_payments(paid.id) == (2, 5400, 2700)
    assert "payments.return_whole" not in shop.due_jobs()


def test_a_declined_order_is_void_when_its_intent_is_closed(
    shop: CheckoutHarness, work: Work
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card=DECLINED)
    stale = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert stale is not None

    work("payments.cancel")
    shop.checkout.apply_intent(order.id, stale)

    with shop.db.unit_of_work() as session:
        payment = payments.find_payment(session, order_id=order.id)
    assert payment is not None
    assert payment.status == PaymentIntentStatus.CANCELED
    assert shop.order(order.id).payment_status == PaymentStatus.VOIDED
    assert shop.notified_events() == []


def test_cancelling_before_the_money_closes_the_intent(
    shop: CheckoutHarness, work: Work
) -> None:
    owner, kettle = shop.customer(), shop.variant(stock=5)
    shop.fill_cart(owner, kettle)
    order = shop.place(owner, card="pm_card_threeDSecure2Required")
    with shop.db.unit_of_work() as session:
        steps.cancel_order(session, order_id=order.id, actor=Actor.CUSTOMER)

    assert shop.notified_events() == ["order.cancelled"]
    work("payments.cancel")

    assert shop.order(order.id).payment_status == PaymentStatus.VOIDED
    intent = shop.gateway.find_intent_by_order(str(order.id), since=order.placed_at)
    assert intent is not None
    assert intent.is_canceled
    assert shop.stock_levels(kettle) == (5, 0)
    assert "payments.cancel" not in shop.due_jobs()
