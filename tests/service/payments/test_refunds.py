"""Refunds of a charge of 29.00, recorded here and at Stripe."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.adapters.payments.port import RefundReceipt
from webapp.db.outbox import OutboxMessage
from webapp.kit.ids import new_id
from webapp.orders.models import Order, OrderItem
from webapp.orders.status import Actor, OrderEventType, PaymentStatus
from webapp.payments import repository, service
from webapp.payments.errors import NothingToRefund, PaidElsewhere, RefundTooLarge
from webapp.payments.models import Payment, Refund, RefundItem
from webapp.payments.refund_items import RequestedItem
from webapp.payments.service import RefundReconciliation

INTENT = "pi_of_the_order"


@pytest.fixture
def order(make: RowFactory, customer_id: UUID) -> Order:
    return make.order(customer_id=customer_id, payment_id=INTENT)


@pytest.fixture
def payment(session: Session, order: Order) -> Payment:
    return add_payment(session, order)


def add_payment(session: Session, order: Order) -> Payment:
    payment = Payment(
        id=new_id(),
        order_id=order.id,
        intent_id=INTENT,
        status="succeeded",
        amount_minor=order.total_minor,
        currency="USD",
        refunded_minor=0,
    )
    session.add(payment)
    session.flush()
    return payment


def refund(session: Session, order: Order, amount_minor: int | None) -> Refund:
    return service.refund_payment(
        session,
        order=order,
        amount_minor=amount_minor,
        reason="broken",
        actor=Actor.ADMIN,
    )


def reconcile(
    session: Session, order: Order, *receipts: RefundReceipt
) -> RefundReconciliation:
    return service.reconcile_refunds(
        session, order=order, receipts=receipts, rejected_id=None
    )


def build_receipt(
    refund_id: str,
    amount_minor: int,
    *,
    status: str = "succeeded",
    row: Refund | None = None,
) -> RefundReceipt:
    """Stripe's receipt of our refund `row`, or of one that was made at Stripe."""
    return RefundReceipt(
        id=refund_id,
        status=status,
        amount_minor=amount_minor,
        intent_id=INTENT,
        charge_id=None,
        idempotency_key=str(row.id) if row else None,
    )


def list_amounts(session: Session, payment: Payment) -> list[tuple[str | None, int]]:
    """Id at Stripe and amount of each recorded refund, oldest first."""
    session.flush()
    return [
        (row.stripe_refund_id, row.amount_minor)
        for row in repository.list_refunds(session, payment.id)
    ]


def test_all_that_is_left_can_be_refunded_and_not_a_cent_more(
    session: Session, order: Order, payment: Payment
) -> None:
    refund(session, order, 9_00)

    with pytest.raises(RefundTooLarge) as error:
        refund(session, order, 20_01)

    assert error.value.details == {"left": 20.00, "currency": "USD"}
    row = refund(session, order, 20_00)
    assert list_amounts(session, payment) == [(None, 9_00), (None, 20_00)]
    assert (payment.refunded_minor, order.payment_status) == (29_00, "REFUNDED")
    message = session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first()
    assert message is not None
    assert (message.job, message.arguments) == (
        "payments.refund",
        {"refund_id": str(row.id)},
    )
    with pytest.raises(NothingToRefund):
        refund(session, order, 1)


def refund_remainder(session: Session, order: Order) -> Refund | None:
    return service.refund_remainder(
        session, order=order, reason="cancelled", actor=Actor.ADMIN
    )


def refund_all(session: Session, order: Order) -> Refund | None:
    return refund(session, order, None)


@pytest.mark.parametrize("refund", [refund_remainder, refund_all])
def test_an_order_that_was_paid_elsewhere_cannot_be_refunded(
    session: Session, order: Order, refund: Callable[[Session, Order], object]
) -> None:
    with pytest.raises(PaidElsewhere) as error:
        refund(session, order)

    assert error.value.message == (
        "This order was paid outside this shop and cannot be refunded here"
    )
    assert error.value.details == {"order_id": order.id}
    assert order.payment_status == PaymentStatus.PAID


def test_a_refund_that_no_longer_exists_is_not_found(
    session: Session, order: Order, payment: Payment
) -> None:
    row = refund(session, order, 1_00)

    assert service.find_refund(session, refund_id=row.id) == (row, payment)
    assert service.find_refund(session, refund_id=new_id()) is None


def test_refunds_are_listed_oldest_first(
    session: Session, order: Order, payment: Payment
) -> None:
    first, second = refund(session, order, 1_00), refund(session, order, 2_00)
    session.flush()
    first.stripe_refund_id = "re_1"
    session.flush()

    rows = repository.list_refunds(session, payment.id)

    assert [row.id for row in rows] == [first.id, second.id]


@pytest.mark.parametrize("status", [PaymentStatus.UNPAID, PaymentStatus.VOIDED])
def test_an_order_that_was_not_charged_has_no_refunds(
    session: Session, order: Order, payment: Payment, status: PaymentStatus
) -> None:
    order.payment_status = status

    result = reconcile(session, order, build_receipt("re_1", 1_00))

    assert result == RefundReconciliation(external_refunds=(), has_failed_refund=False)
    assert list_amounts(session, payment) == []
    assert order.payment_status == status


def test_a_refund_made_at_stripe_is_recorded_once(
    session: Session, order: Order, payment: Payment
) -> None:
    receipt = build_receipt("re_1", 9_00)

    results = [reconcile(session, order, receipt) for _ in range(2)]

    assert [
        [
            (made.refund.amount_minor, made.total_minor)
            for made in result.external_refunds
        ]
        for result in results
    ] == [[(9_00, 9_00)], []]
    session.flush()
    [row] = repository.list_refunds(session, payment.id)
    assert (row.amount_minor, row.reason, row.actor, row.stripe_refund_id) == (
        9_00,
        "made at Stripe",
        Actor.ADMIN,
        "re_1",
    )
    assert payment.refunded_minor == 9_00


def test_a_refund_that_stripe_has_accepted_stays_before_an_older_one_that_was_not_sent(
    session: Session, order: Order, payment: Payment
) -> None:
    refund(session, order, 10_00)
    accepted = refund(session, order, 10_01)

    result = reconcile(
        session,
        order,
        build_receipt("re_ours", 10_01, row=accepted),
        build_receipt("re_external", 15_00),
    )

    assert [made.refund.amount_minor for made in result.external_refunds] == [15_00]
    assert result.has_failed_refund
    assert list_amounts(session, payment) == [
        ("re_ours", 10_01),
        ("re_external", 15_00),
    ]
    assert payment.refunded_minor == 25_01


def test_a_refund_that_was_not_sent_stays_if_exactly_its_amount_is_left(
    session: Session, order: Order, payment: Payment
) -> None:
    refund(session, order, 14_00)

    result = reconcile(session, order, build_receipt("re_external", 15_00))

    assert not result.has_failed_refund
    assert list_amounts(session, payment) == [(None, 14_00), ("re_external", 15_00)]
    assert order.payment_status == PaymentStatus.REFUNDED


def test_a_refund_that_failed_leaves_its_id_and_amount_in_the_history(
    session: Session, order: Order, payment: Payment
) -> None:
    row = refund(session, order, 9_00)

    result = reconcile(
        session, order, build_receipt("re_1", 9_00, status="failed", row=row)
    )

    assert (list(result.external_refunds), result.has_failed_refund) == ([], True)
    [failed] = [e for e in order.events if e.type == OrderEventType.REFUND_FAILED]
    assert failed.details == {"refund_id": "re_1", "amount_minor": 9_00}
    assert list_amounts(session, payment) == []
    assert (payment.refunded_minor, order.payment_status) == (0, PaymentStatus.PAID)


def test_a_refund_that_failed_no_longer_counts_for_its_lines(
    session: Session, make: RowFactory, customer_id: UUID
) -> None:
    item = OrderItem(
        id=new_id(),
        position=0,
        name="Kettle",
        sku="K",
        category="Kitchen",
        quantity=1,
        unit_price_minor=2900,
        line_total_minor=2900,
    )
    order = make.order(customer_id=customer_id, payment_id=INTENT, items=[item])
    add_payment(session, order)
    requested = [RequestedItem(item.id, 1)]

    def refund_item() -> Refund:
        return service.refund_payment(
            session,
            order=order,
            amount_minor=None,
            items=requested,
            reason="broken",
            actor=Actor.ADMIN,
        )

    row = refund_item()
    reconcile(session, order, build_receipt("re_1", 29_00, status="failed", row=row))
    again = refund_item()
    session.flush()

    [kept] = session.scalars(select(RefundItem)).all()
    assert (kept.refund_id, kept.quantity, kept.amount_minor) == (again.id, 1, 29_00)
