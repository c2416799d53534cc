"""The steps of a checkout: each one short transaction, safe to repeat, undo included.

open_order ─▶ PENDING ──settle──▶ PAID              holds become sales, out of the cart
                         │──────▶ REQUIRES_ACTION   the customer authenticates
                         │──────▶ PAYMENT_FAILED    holds released
                         └expire▶ CANCELLED         holds released
Money that arrives for an order that is over goes back by itself.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from webapp.cart import service as carts
from webapp.checkout.alerts import Alerts
from webapp.db.outbox import promise
from webapp.orders import service as orders
from webapp.orders.models import Order
from webapp.orders.status import (
    Actor,
    OrderStatus,
    PaymentStatus,
    StatusNotAllowed,
)
from webapp.payments import service as payments
from webapp.payments.models import Refund
from webapp.suppliers.payments import Intent

BY_ADMIN = frozenset(
    {OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.DELIVERED}
)
TOLD = {
    OrderStatus.SHIPPED: "order.shipped",
    OrderStatus.DELIVERED: "order.delivered",
}
"""The changes that the customer is told of."""


def settle(
    session: Session, *, order_id: UUID, intent: Intent, alerts: Alerts
) -> Order:
    """Bring the order in line with what Stripe says. Converges however often it is told."""
    order = orders.lock_order(session, order_id=order_id)
    is_its_own = payments.record(session, order_id=order_id, intent=intent)
    if intent.paid and not is_its_own:
        _paid_twice(session, order, intent)
    elif intent.paid:
        _paid(session, order, alerts)
    elif orders.awaits_payment(order):
        if intent.needs_customer:
            _wait_for_customer(order)
        elif intent.declined:
            _close(session, order, to=OrderStatus.PAYMENT_FAILED)
            promise(session, "payments.cancel", order_id=order.id)
        elif intent.cancelled:
            _close(session, order, to=OrderStatus.CANCELLED)
    return order


def _paid(session: Session, order: Order, alerts: Alerts) -> None:
    if not orders.awaits_payment(order):
        if order.payment_status == PaymentStatus.UNPAID:
            # The order was given up before the money came.
            orders.note(order, type="payment.too_late", actor=Actor.SYSTEM)
            orders.set_payment_status(order, to=PaymentStatus.PAID, actor=Actor.SYSTEM)
            payments.refund_rest(
                session, order=order, reason="order_is_over", actor=Actor.SYSTEM
            )
        return
    orders.move(order, to=OrderStatus.PAID, actor=Actor.SYSTEM)
    order.payment_status = PaymentStatus.PAID
    orders.sell_holds(session, order_id=order.id, low_stock=alerts.low_stock)
    carts.take_out(
        session,
        owner_id=_buyer(order),
        bought={i.variant_id: i.quantity for i in order.items if i.variant_id},
    )
    promise(session, "notifications.tell", event="order.confirmed", order_id=order.id)
    if (order.book_total_minor or 0) >= alerts.high_value_minor:
        promise(
            session, "notifications.tell", event="order.high_value", order_id=order.id
        )
    if order.needs_review:
        orders.note(order, type="order.review", actor=Actor.SYSTEM)
        promise(
            session, "notifications.tell", event="payment.review", order_id=order.id
        )
    else:
        promise(session, "orders.fulfil", order_id=order.id)


def _paid_twice(session: Session, order: Order, intent: Intent) -> None:
    """Another intent has paid already. All of this one goes back, past our books."""
    told = {"intent_id": intent.id}
    if any(event.details == told for event in order.events):
        return
    orders.note(order, type="payment.twice", actor=Actor.SYSTEM, **told)
    promise(session, "payments.return_whole", intent_id=intent.id)


def _wait_for_customer(order: Order) -> None:
    if order.status == OrderStatus.PENDING:
        orders.move(order, to=OrderStatus.REQUIRES_ACTION, actor=Actor.SYSTEM)


def _close(session: Session, order: Order, *, to: OrderStatus) -> None:
    orders.release_holds(session, order_id=order.id)
    orders.move(order, to=to, actor=Actor.SYSTEM)


def refuse_payment(session: Session, *, order_id: UUID) -> Order:
    """Stripe will not have this charge at all, today or tomorrow."""
    order = orders.lock_order(session, order_id=order_id)
    if orders.awaits_payment(order):
        _close(session, order, to=OrderStatus.PAYMENT_FAILED)
    return order


def give_up(session: Session, *, order_id: UUID) -> Order:
    """The hold ran out and Stripe knows of no intent."""
    order = orders.lock_order(session, order_id=order_id)
    if orders.awaits_payment(order):
        _close(session, order, to=OrderStatus.CANCELLED)
    return order


def cancel(session: Session, *, order_id: UUID, actor: Actor) -> Order:
    """Before shipping: units back, money back. Raises `StatusNotAllowed` afterwards.

    What a charge under way still brings in is refunded when it arrives.
    """
    order = orders.lock_order(session, order_id=order_id)
    unpaid = orders.awaits_payment(order)
    orders.move(order, to=OrderStatus.CANCELLED, actor=actor)
    if unpaid:
        orders.release_holds(session, order_id=order_id)
        promise(session, "payments.cancel", order_id=order_id)
    else:
        orders.restock(session, order=order)
        payments.refund_rest(session, order=order, reason="cancelled", actor=actor)
        promise(
            session, "notifications.tell", event="order.cancelled", order_id=order_id
        )
    return order


def give_back(
    session: Session, *, order_id: UUID, amount_minor: int | None, reason: str
) -> tuple[Order, Refund]:
    """An admin's refund, of a part or of all that is left; the customer is told."""
    order = orders.lock_order(session, order_id=order_id)
    refund = payments.refund(
        session,
        order=order,
        amount_minor=amount_minor,
        reason=reason,
        actor=Actor.ADMIN,
    )
    promise(session, "notifications.tell", event="order.refunded", order_id=order_id)
    return order, refund


def fulfil(session: Session, *, order_id: UUID) -> Order:
    """Hand a paid order to the warehouse; done once however often it is asked for."""
    order = orders.lock_order(session, order_id=order_id)
    if order.status == OrderStatus.PAID and not order.needs_review:
        orders.move(order, to=OrderStatus.PROCESSING, actor=Actor.SYSTEM)
    return order


def advance(
    session: Session,
    *,
    order_id: UUID,
    to: OrderStatus,
    tracking_number: str | None,
) -> Order:
    """What an admin does with a paid order. Raises `StatusNotAllowed`.

    `PROCESSING` also lets go an order that waited for review. To the status it already
    has, only the tracking number changes.
    """
    if to == OrderStatus.CANCELLED:
        return cancel(session, order_id=order_id, actor=Actor.ADMIN)
    order = orders.lock_order(session, order_id=order_id)
    if to != order.status:
        if to not in BY_ADMIN:
            raise StatusNotAllowed(f"An admin cannot make an order {to}", after=to)
        orders.move(order, to=to, actor=Actor.ADMIN)
        order.needs_review = False
        if to in TOLD:
            promise(session, "notifications.tell", event=TOLD[to], order_id=order_id)
    if tracking_number is not None and tracking_number != order.tracking_number:
        order.tracking_number = tracking_number
        orders.note(order, type="order.tracking", actor=Actor.ADMIN)
    return order


def _buyer(order: Order) -> UUID:
    if order.customer_id is None:
        msg = f"order {order.id} of this shop has no customer"
        raise RuntimeError(msg)
    return order.customer_id
