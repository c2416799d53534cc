"""The steps of a checkout: each one short transaction, safe to repeat, undo included.

open_order ─▶ PENDING ──settle──▶ PAID              holds become sales, out of the cart
                         │──────▶ REQUIRES_ACTION   the customer authenticates
                         │──────▶ PAYMENT_FAILED    holds released
                         └expire▶ CANCELLED         holds released
Money that arrives for an order that is over goes back by itself.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.payments.port import PaymentIntent, RefundReceipt
from webapp.cart import service as carts
from webapp.checkout.alerts import AlertThresholds
from webapp.checkout.errors import OrderRefunded
from webapp.db.bulk_flush import bulk_flush
from webapp.db.outbox import enqueue
from webapp.notifications.events import Channel
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import (
    NOTHING_CAPTURED,
    Actor,
    OrderStatus,
    PaymentStatus,
    StatusNotAllowed,
)
from webapp.payments import service as payments
from webapp.payments.models import Refund

BY_ADMIN = frozenset(
    {OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED}
)
SENDING = frozenset({OrderStatus.PROCESSING, OrderStatus.SHIPPED})
TOLD = {
    OrderStatus.SHIPPED: "order.shipped",
    OrderStatus.DELIVERED: "order.delivered",
}
"""The changes that the customer is told of."""


def apply_intent(
    session: Session,
    *,
    order_id: UUID,
    intent: PaymentIntent,
    alerts: AlertThresholds,
    snapshot: Order | None = None,
) -> Order:
    """Bring the order in line with what Stripe says. Converges however often it is told.

    `seen` is the order as it was before Stripe was asked.
    """
    order = orders.lock_order(session, order_id=order_id, snapshot=snapshot)
    # Nothing that is read in here was changed in here: what is, is written at once.
    with session.no_autoflush:
        is_its_own = payments.record_intent(session, order=order, intent=intent)
        if intent.is_paid and not is_its_own:
            _paid_twice(session, order, intent)
        elif intent.is_paid:
            _paid(session, order, alerts)
        elif intent.is_canceled:
            _cancelled(session, order)
        elif orders.is_awaiting_payment(order):
            _not_yet_paid(session, order, intent)
    return order


def _not_yet_paid(session: Session, order: Order, intent: PaymentIntent) -> None:
    if intent.requires_action:
        _wait_for_customer(order)
    elif intent.is_declined:
        _close(session, order, to=OrderStatus.PAYMENT_FAILED)
        enqueue(session, "payments.cancel", order_id=order.id)


def _paid(session: Session, order: Order, alerts: AlertThresholds) -> None:
    if not orders.is_awaiting_payment(order):
        if order.payment_status in NOTHING_CAPTURED:
            _paid_too_late(session, order)
        return
    carts.remove_bought(
        session, owner_id=_buyer(order), bought=orders.count_units(order)
    )
    orders.change_status(order, to=OrderStatus.PAID, actor=Actor.SYSTEM)
    order.payment_status = PaymentStatus.PAID
    _tell(session, order, "order.confirmed")
    if (order.book_total_minor or 0) >= alerts.high_value_minor:
        _tell(session, order, "order.high_value")
    if order.needs_review:
        orders.record_event(order, type="order.review", actor=Actor.SYSTEM)
        _tell(session, order, "payment.review")
    else:
        enqueue(session, "orders.fulfil", order_id=order.id)
    bulk_flush(session)
    # Last of all, so that others wait for these variants no longer than they must.
    orders.sell_holds(session, order_id=order.id, low_stock=alerts.low_stock)


def _paid_too_late(session: Session, order: Order) -> None:
    """The order was given up before the money came."""
    orders.record_event(order, type="payment.too_late", actor=Actor.SYSTEM)
    orders.set_payment_status(order, to=PaymentStatus.PAID, actor=Actor.SYSTEM)
    payments.refund_remainder(
        session, order=order, reason="order_is_over", actor=Actor.SYSTEM
    )
    _tell(session, order, "order.refunded")


def _paid_twice(session: Session, order: Order, intent: PaymentIntent) -> None:
    """Another intent has paid already. All of this one goes back, past our books."""
    told = {"intent_id": intent.id}
    if any(event.details == told for event in order.events):
        return
    orders.record_event(order, type="payment.twice", actor=Actor.SYSTEM, **told)
    enqueue(session, "payments.return_whole", intent_id=intent.id)


def _cancelled(session: Session, order: Order) -> None:
    if orders.is_awaiting_payment(order):
        _close(session, order, to=OrderStatus.CANCELLED)
    if order.payment_status == PaymentStatus.UNPAID:
        orders.set_payment_status(order, to=PaymentStatus.VOIDED, actor=Actor.SYSTEM)


def _wait_for_customer(order: Order) -> None:
    if order.status == OrderStatus.PENDING:
        orders.change_status(order, to=OrderStatus.REQUIRES_ACTION, actor=Actor.SYSTEM)


def _close(
    session: Session, order: Order, *, to: OrderStatus, actor: Actor = Actor.SYSTEM
) -> None:
    """Nobody has paid. Who was told of an order hears that it is cancelled, also after
    leaving the bank's page; a decline is answered on the spot."""
    orders.release_holds(session, order_id=order.id)
    orders.change_status(order, to=to, actor=actor)
    order.needs_review = False
    if to == OrderStatus.CANCELLED:
        _tell(session, order, "order.cancelled")


def _tell(session: Session, order: Order, event: str) -> None:
    enqueue(session, "notifications.tell", event=event, order_id=order.id)


def fail_payment(session: Session, *, order_id: UUID) -> Order:
    """Stripe will not have this charge at all, today or tomorrow."""
    order = orders.lock_order(session, order_id=order_id)
    if orders.is_awaiting_payment(order):
        _close(session, order, to=OrderStatus.PAYMENT_FAILED)
    return order


def cancel_unpaid(session: Session, *, order_id: UUID) -> Order:
    """The hold ran out and Stripe knows of no intent."""
    order = orders.lock_order(session, order_id=order_id)
    if orders.is_awaiting_payment(order):
        _close(session, order, to=OrderStatus.CANCELLED)
    return order


def cancel_order(session: Session, *, order_id: UUID, actor: Actor) -> Order:
    """Before shipping: units back, money back. Raises `StatusNotAllowed` afterwards.

    What a charge under way still brings in is refunded when it arrives.
    """
    order = orders.lock_order(session, order_id=order_id)
    if orders.is_awaiting_payment(order):
        _close(session, order, to=OrderStatus.CANCELLED, actor=actor)
        enqueue(session, "payments.cancel", order_id=order_id)
    else:
        _undo_sale(session, order, actor)
    return order


def _undo_sale(session: Session, order: Order, actor: Actor) -> None:
    """One mail says that the order is cancelled and the money on its way; programs that
    keep books are told of each."""
    orders.change_status(order, to=OrderStatus.CANCELLED, actor=actor)
    order.needs_review = False
    orders.restock(session, order=order)
    if payments.refund_remainder(session, order=order, reason="cancelled", actor=actor):
        enqueue(
            session,
            "notifications.tell",
            event="order.refunded",
            order_id=order.id,
            only=Channel.WEBHOOK,
        )
    _tell(session, order, "order.cancelled")


def refund(
    session: Session, *, order_id: UUID, amount_minor: int | None, reason: str
) -> tuple[Order, Refund]:
    """An admin's refund, of a part or of all that is left; the customer is told."""
    order = orders.lock_order(session, order_id=order_id)
    refund = payments.refund_payment(
        session,
        order=order,
        amount_minor=amount_minor,
        reason=reason,
        actor=Actor.ADMIN,
    )
    _tell(session, order, "order.refunded")
    return order, refund


def reconcile_refunds(
    session: Session,
    order: Order,
    *,
    intent_id: str,
    receipts: Sequence[RefundReceipt],
    rejected_id: UUID | None = None,
) -> None:
    """Bring our refunds in line with how Stripe's stand, whoever made them.

    One that failed, or that Stripe `refused`, does not count any more, and the admins hear
    of it unless all is back anyway. What somebody gave back at Stripe counts as well, and
    of an order that is over the rest follows.
    """
    if order.payment_id != intent_id:
        return
    news = payments.reconcile_refunds(
        session, order=order, receipts=receipts, rejected_id=rejected_id
    )
    if news.has_external_refund:
        _tell(session, order, "order.refunded")
        if order.status == OrderStatus.CANCELLED:
            payments.refund_remainder(
                session, order=order, reason="order_is_over", actor=Actor.SYSTEM
            )
    if news.has_failed_refund and not orders.is_refunded(order):
        _tell(session, order, "payment.refund_failed")


def fulfill_order(session: Session, *, order_id: UUID) -> Order:
    """Hand a paid order to the warehouse; done once however often it is asked for.

    Not one that waits for a person, nor one whose money is all back.
    """
    order = orders.lock_order(session, order_id=order_id)
    is_held_back = order.needs_review or orders.is_refunded(order)
    if order.status == OrderStatus.PAID and not is_held_back:
        orders.change_status(order, to=OrderStatus.PROCESSING, actor=Actor.SYSTEM)
    return order


def advance_order(
    session: Session,
    *,
    order_id: UUID,
    to: OrderStatus,
    tracking_number: str | None,
) -> Order:
    """What an admin does with a paid order. Raises `StatusNotAllowed`, and `OrderRefunded`
    for one that would be sent although its money is back.

    `PROCESSING` also lets go an order that waited for review. To the status it already
    has, only the tracking number changes.
    """
    if to == OrderStatus.CANCELLED:
        return cancel_order(session, order_id=order_id, actor=Actor.ADMIN)
    order = orders.lock_order(session, order_id=order_id)
    if to != order.status:
        if to not in BY_ADMIN:
            raise StatusNotAllowed(f"An admin cannot make an order {to}", after=to)
        if to in SENDING and orders.is_refunded(order):
            raise OrderRefunded(order_id)
        orders.change_status(order, to=to, actor=Actor.ADMIN)
        order.needs_review = False
        if to in TOLD:
            _tell(session, order, TOLD[to])
    if tracking_number is not None and tracking_number != order.tracking_number:
        order.tracking_number = tracking_number
        orders.record_event(order, type="order.tracking", actor=Actor.ADMIN)
    return order


def _buyer(order: Order) -> UUID:
    if order.customer_id is None:
        msg = f"order {order.id} of this shop has no customer"
        raise RuntimeError(msg)
    return order.customer_id
