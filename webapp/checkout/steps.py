"""The steps of a checkout, undo included: each is one short transaction and idempotent.

create_order ─▶ PENDING ──apply_intent──▶ PAID              holds become sales, cart emptied
                           │────────────▶ REQUIRES_ACTION   the customer authenticates
                           │────────────▶ PAYMENT_FAILED    holds released
                           └──expire────▶ CANCELLED         holds released
Money that arrives for a closed order is refunded automatically.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.payments.port import (
    PaymentIntent,
    PaymentRequestRefused,
    RefundReceipt,
)
from webapp.cart import service as carts
from webapp.checkout.errors import OrderRefunded
from webapp.checkout.policy import AlertThresholds
from webapp.db.bulk_flush import bulk_flush
from webapp.db.outbox import enqueue
from webapp.notifications.events import Channel, EventName
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import (
    NOTHING_CAPTURED,
    Actor,
    OrderEventType,
    OrderStatus,
    PaymentStatus,
    StatusNotAllowed,
)
from webapp.payments import service as payments
from webapp.payments.models import Refund
from webapp.payments.refund_items import RequestedItem

ADMIN_STATUSES = frozenset(
    {OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED}
)
FULFILLMENT_STATUSES = frozenset({OrderStatus.PROCESSING, OrderStatus.SHIPPED})
NOTIFIED_STATUSES = {
    OrderStatus.SHIPPED: EventName.ORDER_SHIPPED,
    OrderStatus.DELIVERED: EventName.ORDER_DELIVERED,
}
"""Status changes that the customer is notified of, and the event."""


def apply_intent(
    session: Session,
    *,
    order_id: UUID,
    intent: PaymentIntent,
    alerts: AlertThresholds,
    snapshot: Order | None = None,
) -> Order:
    """Bring the order in line with Stripe's state of its intent. Idempotent.

    `snapshot` is the order as it was before the call to Stripe.
    """
    order = orders.lock_order(session, order_id=order_id, snapshot=snapshot)
    # No query in this block reads a change that is still pending in the session.
    with session.no_autoflush:
        is_own_intent = payments.record_intent(session, order=order, intent=intent)
        if intent.is_paid and not is_own_intent:
            _refund_duplicate(session, order, intent)
        elif intent.is_paid:
            _apply_paid(session, order, alerts)
        elif intent.is_canceled:
            _apply_canceled(session, order)
        elif orders.is_awaiting_payment(order):
            _apply_unpaid(session, order, intent)
    return order


def apply_free(
    session: Session, *, order_id: UUID, alerts: AlertThresholds, snapshot: Order
) -> Order:
    """Complete an order for which there is nothing to pay. Idempotent."""
    order = orders.lock_order(session, order_id=order_id, snapshot=snapshot)
    with session.no_autoflush:
        if orders.is_awaiting_payment(order):
            _apply_paid(session, order, alerts)
    return order


def _apply_unpaid(session: Session, order: Order, intent: PaymentIntent) -> None:
    if intent.requires_action:
        _require_action(order)
    elif intent.is_declined:
        _close_order(session, order, to=OrderStatus.PAYMENT_FAILED)
        enqueue(session, "payments.cancel", order_id=order.id)


def _apply_paid(session: Session, order: Order, alerts: AlertThresholds) -> None:
    if not orders.is_awaiting_payment(order):
        if order.payment_status in NOTHING_CAPTURED:
            _refund_late_payment(session, order)
        return
    carts.remove_bought(
        session, owner_id=_require_customer(order), bought=orders.count_units(order)
    )
    orders.change_status(order, to=OrderStatus.PAID, actor=Actor.SYSTEM)
    order.payment_status = PaymentStatus.PAID
    _notify_customer(session, order, EventName.ORDER_CONFIRMED)
    if (order.book_total_minor or 0) >= alerts.high_value_minor:
        _notify_customer(session, order, EventName.ORDER_HIGH_VALUE)
    if order.needs_review:
        orders.record_event(order, type=OrderEventType.REVIEW, actor=Actor.SYSTEM)
        _notify_customer(session, order, EventName.PAYMENT_REVIEW)
    else:
        enqueue(session, "orders.fulfil", order_id=order.id)
    bulk_flush(session)
    # Last, so that the stock rows stay locked as briefly as possible.
    orders.sell_holds(session, order_id=order.id, low_stock=alerts.low_stock)


def _refund_late_payment(session: Session, order: Order) -> None:
    """Refund a payment that arrived after the order was closed."""
    orders.record_event(order, type=OrderEventType.PAYMENT_TOO_LATE, actor=Actor.SYSTEM)
    orders.set_payment_status(order, to=PaymentStatus.PAID, actor=Actor.SYSTEM)
    _refund_rest(session, order)


def _refund_rest(session: Session, order: Order) -> None:
    refund = payments.refund_remainder(
        session, order=order, reason="order_is_over", actor=Actor.SYSTEM
    )
    if refund is not None:
        _notify_of_refund(session, order, refund)


def _refund_duplicate(session: Session, order: Order, intent: PaymentIntent) -> None:
    """Another intent has already paid for the order: refund all of this one, at Stripe only,
    without a `Refund` row."""
    details = {"intent_id": intent.id}
    if any(event.details == details for event in order.events):
        return
    orders.record_event(
        order, type=OrderEventType.PAYMENT_DUPLICATE, actor=Actor.SYSTEM, **details
    )
    enqueue(session, "payments.return_whole", intent_id=intent.id)


def _apply_canceled(session: Session, order: Order) -> None:
    if orders.is_awaiting_payment(order):
        _close_order(session, order, to=OrderStatus.CANCELLED)
    if order.payment_status == PaymentStatus.UNPAID:
        orders.set_payment_status(order, to=PaymentStatus.VOIDED, actor=Actor.SYSTEM)


def _require_action(order: Order) -> None:
    if order.status == OrderStatus.PENDING:
        orders.change_status(order, to=OrderStatus.REQUIRES_ACTION, actor=Actor.SYSTEM)


def _close_order(
    session: Session, order: Order, *, to: OrderStatus, actor: Actor = Actor.SYSTEM
) -> None:
    """Close an unpaid order. A customer who knows of the order is notified of its
    cancellation, also after leaving the bank's page; a decline is the response to the
    request itself."""
    orders.release_holds(session, order_id=order.id)
    orders.change_status(order, to=to, actor=actor)
    order.needs_review = False
    if to == OrderStatus.CANCELLED:
        _notify_customer(session, order, EventName.ORDER_CANCELLED)


def _notify_customer(session: Session, order: Order, event: EventName) -> None:
    enqueue(session, "notifications.tell", event=event, order_id=order.id)


def _notify_of_refund(
    session: Session,
    order: Order,
    refund: Refund,
    *,
    total_minor: int | None = None,
    only: Channel | None = None,
) -> None:
    """The amounts are those of now: another refund may follow before the mail is written."""
    if total_minor is None:
        payment = payments.find_payment(session, order_id=order.id)
        total_minor = payment.refunded_minor if payment else refund.amount_minor
    enqueue(
        session,
        "notifications.tell",
        event=EventName.ORDER_REFUNDED,
        order_id=order.id,
        refund_id=refund.id,
        refund_minor=refund.amount_minor,
        refunded_minor=total_minor,
        only=only or "",
    )


def fail_payment(
    session: Session, *, order_id: UUID, rejection: PaymentRequestRefused
) -> Order:
    """Close an order whose charge Stripe rejects: retrying would not help."""
    order = orders.lock_order(session, order_id=order_id)
    if orders.is_awaiting_payment(order):
        _close_order(session, order, to=OrderStatus.PAYMENT_FAILED)
    orders.record_event(
        order,
        type=OrderEventType.PAYMENT_REJECTED,
        actor=Actor.SYSTEM,
        reason=rejection.message,
        **rejection.details,
    )
    return order


def cancel_unpaid(session: Session, *, order_id: UUID) -> Order:
    """Cancel an order whose hold has expired and for which Stripe has no intent."""
    order = orders.lock_order(session, order_id=order_id)
    if orders.is_awaiting_payment(order):
        _close_order(session, order, to=OrderStatus.CANCELLED)
    return order


def cancel_order(session: Session, *, order_id: UUID, actor: Actor) -> Order:
    """Cancel an order before shipping: restock its units, refund its payment.

    Raises `StatusNotAllowed` after shipping. The payment of a charge that is still in
    flight is refunded when it arrives.
    """
    order = orders.lock_order(session, order_id=order_id)
    if orders.is_awaiting_payment(order):
        _close_order(session, order, to=OrderStatus.CANCELLED, actor=actor)
        enqueue(session, "payments.cancel", order_id=order_id)
    else:
        _undo_sale(session, order, actor)
    return order


def _undo_sale(session: Session, order: Order, actor: Actor) -> None:
    """Cancel a paid order. The mail about the cancellation also announces the refund;
    bookkeeping programs, which listen to webhooks, need an event for each."""
    orders.change_status(order, to=OrderStatus.CANCELLED, actor=actor)
    order.needs_review = False
    orders.restock(session, order=order)
    if order.total_minor == 0:
        orders.set_payment_status(order, to=PaymentStatus.VOIDED, actor=actor)
    refund = payments.refund_remainder(
        session, order=order, reason="cancelled", actor=actor
    )
    if refund is not None:
        _notify_of_refund(session, order, refund, only=Channel.WEBHOOK)
    _notify_customer(session, order, EventName.ORDER_CANCELLED)


def refund(
    session: Session,
    *,
    order_id: UUID,
    amount_minor: int | None,
    items: Sequence[RequestedItem] = (),
    reason: str,
) -> tuple[Order, Refund]:
    """Refund an amount, lines of an order, or all that is left of it, as an admin; see
    `payments.refund_payment`. The customer is notified."""
    order = orders.lock_order(session, order_id=order_id)
    refund = payments.refund_payment(
        session,
        order=order,
        amount_minor=amount_minor,
        items=items,
        reason=reason,
        actor=Actor.ADMIN,
    )
    _notify_of_refund(session, order, refund)
    return order, refund


def reconcile_refunds(
    session: Session,
    order: Order,
    *,
    intent_id: str,
    receipts: Sequence[RefundReceipt],
    rejected_id: UUID | None = None,
) -> None:
    """Bring our refunds in line with those at Stripe, including those made there.

    A refund that failed, or that Stripe has rejected (`rejected_id`), no longer counts, and
    the admins are notified unless the order is fully refunded anyway. A refund made in
    Stripe's dashboard counts, too; if the order is canceled, the remainder is refunded.
    """
    if order.payment_id != intent_id:
        return
    reconciliation = payments.reconcile_refunds(
        session, order=order, receipts=receipts, rejected_id=rejected_id
    )
    for made in reconciliation.external_refunds:
        _notify_of_refund(session, order, made.refund, total_minor=made.total_minor)
    if reconciliation.external_refunds and order.status == OrderStatus.CANCELLED:
        _refund_rest(session, order)
    if reconciliation.has_failed_refund and not orders.is_refunded(order):
        _notify_customer(session, order, EventName.PAYMENT_REFUND_FAILED)


def advance_order(
    session: Session,
    *,
    order_id: UUID,
    to: OrderStatus,
    tracking_number: str | None,
) -> Order:
    """Change the status of a paid order as an admin.

    `PROCESSING` also ends a review. If the order already has the status, only the tracking
    number changes. Raises `StatusNotAllowed`, and `OrderRefunded` for a fully refunded
    order that would be shipped.
    """
    if to == OrderStatus.CANCELLED:
        return cancel_order(session, order_id=order_id, actor=Actor.ADMIN)
    order = orders.lock_order(session, order_id=order_id)
    if to != order.status:
        if to not in ADMIN_STATUSES:
            raise StatusNotAllowed(f"An admin cannot make an order {to}", after=to)
        if to in FULFILLMENT_STATUSES and orders.is_refunded(order):
            raise OrderRefunded(order_id)
        orders.change_status(order, to=to, actor=Actor.ADMIN)
        order.needs_review = False
        if to in NOTIFIED_STATUSES:
            _notify_customer(session, order, NOTIFIED_STATUSES[to])
    if tracking_number is not None and tracking_number != order.tracking_number:
        order.tracking_number = tracking_number
        orders.record_event(order, type=OrderEventType.TRACKING, actor=Actor.ADMIN)
    return order


def _require_customer(order: Order) -> UUID:
    if order.customer_id is None:
        msg = f"order {order.id} of this shop has no customer"
        raise RuntimeError(msg)
    return order.customer_id
