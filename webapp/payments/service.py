"""The shop's record of payments: the state of each intent at Stripe, and the refunds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.payments.port import PaymentEvent, PaymentIntent, RefundReceipt
from webapp.db.outbox import enqueue
from webapp.kit import paging
from webapp.kit.ids import new_id
from webapp.kit.paging import Page
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import (
    NOTHING_CAPTURED,
    Actor,
    OrderEventType,
    PaymentStatus,
)
from webapp.payments import repository
from webapp.payments.errors import NothingToRefund, PaidElsewhere, RefundTooLarge
from webapp.payments.models import Payment, Refund, RefundItem, StripeEvent
from webapp.payments.refund_items import ItemAmount, RequestedItem, allocate_refund

# A charge whose response nobody has recorded is most likely under way in a request, which records
# it within moments: the event is then superseded before it is due.
CHARGE_IN_FLIGHT = timedelta(seconds=10)


def record_intent(session: Session, *, order: Order, intent: PaymentIntent) -> bool:
    """Store the intent's current state. False when another intent has paid for the order."""
    written = repository.upsert_payment(
        session,
        order_id=order.id,
        intent_id=intent.id,
        status=intent.status.value,
        amount_minor=intent.amount_minor,
        currency=intent.currency.upper(),
        client_secret=intent.client_secret,
        action_url=intent.action_url,
        decline_code=intent.decline_code,
    )
    if written:
        order.payment_id = intent.id
    return order.payment_id == intent.id


def find_payment(session: Session, *, order_id: UUID) -> Payment | None:
    return repository.find_payment(session, order_id)


def find_refunded(session: Session, *, order_id: UUID) -> int:
    """What has been refunded of the order's payment, in minor units."""
    return repository.find_refunded(session, order_id)


def refund_payment(
    session: Session,
    *,
    order: Order,
    amount_minor: int | None,
    items: Sequence[RequestedItem] = (),
    reason: str,
    actor: Actor,
) -> Refund:
    """Enqueue a refund: of `amount_minor`, without it of the items, without either of all that is
    left.

    The row is written and counted first and sent to Stripe afterwards, with the row's id as
    the idempotency key, so that concurrent refunds can never exceed the charge. Raises
    `PaidElsewhere`, `NothingToRefund` and `RefundTooLarge`, for items `BadRefundItem` and
    `RefundItemTooLarge`, too.
    """
    payment = _lock_captured_payment(session, order)
    left = payment.amount_minor - payment.refunded_minor if payment else 0
    if payment is None or left == 0:
        raise NothingToRefund("Nothing of this order's money is left to refund")
    allocated = _allocate_items(session, order, payment, items, amount_minor)
    amount = left if amount_minor is None else amount_minor
    if allocated:
        amount = sum(item.amount_minor for item in allocated)
    if amount > left:
        raise RefundTooLarge(left_minor=left, currency=order.currency)
    row = Refund(
        id=new_id(),
        payment_id=payment.id,
        amount_minor=amount,
        reason=reason,
        actor=actor,
    )
    session.add(row)
    _add_items(session, row, allocated)
    payment.refunded_minor += amount
    orders.set_payment_status(order, to=_payment_status(payment), actor=actor)
    enqueue(session, "payments.refund", refund_id=row.id)
    return row


def _allocate_items(
    session: Session,
    order: Order,
    payment: Payment,
    items: Sequence[RequestedItem],
    amount_minor: int | None,
) -> list[ItemAmount]:
    if not items:
        return []
    return allocate_refund(
        order,
        items,
        amount_minor=amount_minor,
        refunded=repository.sum_refunded_items(session, payment.id),
    )


def _add_items(session: Session, refund: Refund, items: Sequence[ItemAmount]) -> None:
    if not items:
        return
    session.flush()  # no relationship says that the refund comes first
    session.add_all(
        RefundItem(
            refund_id=refund.id,
            order_item_id=item.item_id,
            quantity=item.quantity,
            amount_minor=item.amount_minor,
        )
        for item in items
    )


def list_refund_items(session: Session, *, refund_id: UUID) -> Sequence[RefundItem]:
    """The lines that a refund is for, in the order in which they were given."""
    return repository.list_refund_items(session, refund_id)


def _payment_status(payment: Payment) -> PaymentStatus:
    if payment.refunded_minor == 0:
        return PaymentStatus.PAID
    is_complete = payment.refunded_minor == payment.amount_minor
    return PaymentStatus.REFUNDED if is_complete else PaymentStatus.PARTIALLY_REFUNDED


def _lock_captured_payment(session: Session, order: Order) -> Payment | None:
    """Lock and return the order's captured payment; `None` when nothing was captured, or the
    order was free.

    Raises `PaidElsewhere` for an order that was imported from another shop.
    """
    if order.payment_status in NOTHING_CAPTURED or order.total_minor == 0:
        return None
    payment = repository.find_payment(session, order.id, for_update=True)
    if payment is None:
        raise PaidElsewhere(order.id)
    return payment


def refund_remainder(
    session: Session, *, order: Order, reason: str, actor: Actor
) -> Refund | None:
    """Refund everything that has not been refunded yet; `None` when nothing is left."""
    payment = _lock_captured_payment(session, order)
    if payment is None or payment.refunded_minor == payment.amount_minor:
        return None
    return refund_payment(
        session, order=order, amount_minor=None, reason=reason, actor=actor
    )


def find_refund(session: Session, *, refund_id: UUID) -> tuple[Refund, Payment] | None:
    """Find a refund and its payment; `None` when it has already failed."""
    return repository.find_refund(session, refund_id)


@dataclass(frozen=True)
class RecordedRefund:
    """A refund, with the sum of the order's refunds up to it."""

    refund: Refund
    total_minor: int


@dataclass(frozen=True)
class RefundReconciliation:
    external_refunds: Sequence[RecordedRefund]
    """Refunds that were made at Stripe directly, oldest first."""
    has_failed_refund: bool
    """A recorded refund no longer counts."""


def reconcile_refunds(
    session: Session,
    *,
    order: Order,
    receipts: Sequence[RefundReceipt],
    rejected_id: UUID | None,
) -> RefundReconciliation:
    """Make the recorded refunds those that are effective at Stripe, and those still to be sent
    for which enough of the charge is left.

    The caller has locked the order. A failed refund is deleted; its id stays in the order's
    events, because an older state of it may arrive later.
    """
    payment = _lock_captured_payment(session, order)
    if payment is None:
        return RefundReconciliation(external_refunds=(), has_failed_refund=False)
    rows = repository.list_refunds(session, payment.id)
    for receipt in receipts:
        for row in rows:
            if str(row.id) == receipt.idempotency_key:
                row.stripe_refund_id = receipt.id
    known_ids = {row.stripe_refund_id for row in rows} | _failed_refund_ids(order)
    new = [r for r in receipts if r.is_effective and r.id not in known_ids]
    external = [_build_external_refund(payment, receipt) for receipt in reversed(new)]
    session.add_all(external)
    failed_ids = {receipt.id for receipt in receipts if not receipt.is_effective}
    left = payment.amount_minor - sum(receipt.amount_minor for receipt in new)
    dropped = []
    # Refunds that Stripe has accepted come first: of the others it accepts only what is left.
    for row in sorted(rows, key=lambda row: row.stripe_refund_id is None):
        has_failed = row.id == rejected_id or row.stripe_refund_id in failed_ids
        if has_failed or row.amount_minor > left:
            dropped.append(row)
        else:
            left -= row.amount_minor
    for row in dropped:
        _drop_refund(session, order, row)
    payment.refunded_minor = payment.amount_minor - left
    orders.set_payment_status(order, to=_payment_status(payment), actor=Actor.SYSTEM)
    return RefundReconciliation(
        external_refunds=_add_up(external, total_minor=payment.refunded_minor),
        has_failed_refund=bool(dropped),
    )


def _add_up(refunds: Sequence[Refund], *, total_minor: int) -> list[RecordedRefund]:
    """The refunds, the last of which makes the total."""
    recorded = []
    for refund in reversed(refunds):
        recorded.append(RecordedRefund(refund, total_minor))
        total_minor -= refund.amount_minor
    return recorded[::-1]


def _failed_refund_ids(order: Order) -> set[str | None]:
    return {
        event.details["refund_id"]
        for event in order.events
        if event.type == OrderEventType.REFUND_FAILED
    }


def _build_external_refund(payment: Payment, receipt: RefundReceipt) -> Refund:
    return Refund(
        id=new_id(),
        payment_id=payment.id,
        amount_minor=receipt.amount_minor,
        reason="made at Stripe",
        actor=Actor.ADMIN,
        stripe_refund_id=receipt.id,
    )


def _drop_refund(session: Session, order: Order, row: Refund) -> None:
    orders.record_event(
        order,
        type=OrderEventType.REFUND_FAILED,
        actor=Actor.SYSTEM,
        refund_id=row.stripe_refund_id,
        amount_minor=row.amount_minor,
    )
    session.delete(row)


def receive_event(session: Session, event: PaymentEvent) -> None:
    """Record an event that tells something new, and enqueue the job that applies it. Repeated
    deliveries are received once. In one statement, which needs no transaction."""
    repository.receive_event(session, event, in_flight=CHARGE_IN_FLIGHT)


def find_intent_statuses(
    session: Session, *, intent_ids: Collection[str]
) -> dict[str, str]:
    """Recorded statuses by intent; intents that are not recorded are left out."""
    return repository.find_intent_statuses(session, intent_ids)


def mark_event_not_understood(
    session: Session, *, event_id: str, event_type: str, problem: str
) -> None:
    """Record an event about which nothing can be done, for the admins."""
    repository.upsert_event_problem(
        session, event_id=event_id, event_type=event_type, problem=problem
    )


def list_problem_events(
    session: Session, *, limit: int, last_key: str | None = None
) -> Page[StripeEvent]:
    """Events that were not understood, newest first."""
    before = paging.decode_time_and_text(last_key) if last_key else None
    rows = repository.list_problem_events(session, before=before, limit=limit + 1)
    return paging.cut_page(
        rows,
        limit=limit,
        key=lambda row: [row.received_at.isoformat(), row.event_id],
    )
