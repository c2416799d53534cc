"""The steps of a checkout: each one short transaction, safe to repeat, undo included.

open_order ─▶ PENDING ──settle──▶ PAID              holds become sales, cart cleared
                         │──────▶ REQUIRES_ACTION   the customer authenticates
                         │──────▶ PAYMENT_FAILED    holds released
                         └expire▶ CANCELLED         holds released
Money that arrives for an order that is over goes back by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.cart import service as carts
from webapp.cart.issues import Issue, IssueCode
from webapp.cart.models import CartLine
from webapp.cart.service import Cart
from webapp.catalog import service as catalog
from webapp.checkout.errors import CartEmpty, OutOfStock
from webapp.db.outbox import promise
from webapp.kit.ids import new_id
from webapp.orders import service as orders
from webapp.orders.models import Order, OrderItem, StockHold
from webapp.orders.status import Actor, OrderStatus, PaymentStatus
from webapp.payments import service as payments
from webapp.suppliers.payments import Intent

# The request itself charges; the promise is for when its process dies in between.
CHARGE_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Placing:
    """What a customer says when ordering."""

    owner_id: UUID
    payment_method_id: str
    shipping_address: dict[str, str]
    request_key: str | None = None
    actor: Actor = Actor.CUSTOMER


def open_order(
    session: Session,
    placing: Placing,
    *,
    tax_percent: Decimal,
    hold_for: timedelta,
    now: datetime,
) -> Order:
    """Hold the cart's units and write the order down, unpaid.

    Raises `CartEmpty` and `OutOfStock`; then nothing is held. A request that was here
    before, by its key, gets the order it has already made.
    """
    if placing.request_key is not None:
        made = orders.find_by_request_key(
            session, owner_id=placing.owner_id, request_key=placing.request_key
        )
        if made is not None:
            return made
    cart = _sellable_cart(session, placing.owner_id, tax_percent)
    order = _order(placing, cart, hold_until=now + hold_for, now=now)
    session.add(order)
    # The holds below refer to the order's row, and its number is shown to the customer.
    session.flush()
    _hold(session, order, cart)
    orders.note(order, type="order.placed", actor=placing.actor)
    promise(session, "payments.charge", after=CHARGE_AFTER, order_id=order.id)
    promise(session, "orders.expire", after=hold_for, order_id=order.id)
    return order


def _sellable_cart(session: Session, owner_id: UUID, tax_percent: Decimal) -> Cart:
    cart = carts.view_cart(session, owner_id=owner_id, tax_percent=tax_percent)
    if not cart.lines:
        raise CartEmpty
    blocking = [issue for issue in cart.issues if issue.blocks_checkout]
    if blocking:
        raise OutOfStock(blocking)
    return cart


def _order(
    placing: Placing, cart: Cart, *, hold_until: datetime, now: datetime
) -> Order:
    return Order(
        id=new_id(),
        customer_id=placing.owner_id,
        request_key=placing.request_key,
        status=OrderStatus.PENDING,
        payment_status=PaymentStatus.UNPAID,
        currency=cart.lines[0].variant.product.currency,
        subtotal_minor=cart.totals.subtotal_minor,
        tax_minor=cart.totals.tax_minor,
        total_minor=cart.totals.total_minor,
        payment_method_id=placing.payment_method_id,
        shipping_address=placing.shipping_address,
        hold_expires_at=hold_until,
        placed_at=now,
        items=[_item(line, position) for position, line in enumerate(cart.lines)],
        events=[],
    )


def _item(line: CartLine, position: int) -> OrderItem:
    variant, product = line.variant, line.variant.product
    return OrderItem(
        position=position,
        variant_id=variant.id,
        product_id=product.id,
        name=product.name,
        sku=variant.sku,
        category=product.category,
        image_url=product.image_url,
        quantity=line.quantity,
        unit_price_minor=variant.price_minor,
        line_total_minor=variant.price_minor * line.quantity,
    )


def _hold(session: Session, order: Order, cart: Cart) -> None:
    """In id order, as everywhere, so that two orders never wait for each other."""
    for line in sorted(cart.lines, key=lambda line: line.variant_id):
        if not catalog.hold(
            session, variant_id=line.variant_id, quantity=line.quantity
        ):
            raise OutOfStock([_sold_meanwhile(line)])
        session.add(
            StockHold(
                order_id=order.id, variant_id=line.variant_id, quantity=line.quantity
            )
        )


def _sold_meanwhile(line: CartLine) -> Issue:
    product = line.variant.product
    return Issue(
        IssueCode.NOT_ENOUGH_STOCK,
        f"{product.name}: fewer than {line.quantity} left, somebody was quicker",
        product.id,
    )


def settle(session: Session, *, order_id: UUID, intent: Intent) -> Order:
    """Bring the order in line with what Stripe says. Converges however often it is told."""
    order = orders.lock_order(session, order_id=order_id)
    payments.record(session, order_id=order_id, intent=intent)
    if intent.paid:
        _paid(session, order)
    elif orders.awaits_payment(order):
        if intent.needs_customer:
            _wait_for_customer(order)
        elif intent.declined:
            _close(session, order, to=OrderStatus.PAYMENT_FAILED)
            promise(session, "payments.cancel", order_id=order.id)
    return order


def _paid(session: Session, order: Order) -> None:
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
    orders.sell_holds(session, order_id=order.id)
    carts.empty_cart(
        session,
        owner_id=_buyer(order),
        variant_ids=[item.variant_id for item in order.items if item.variant_id],
    )
    promise(session, "orders.fulfil", order_id=order.id)
    promise(session, "notifications.order_confirmed", order_id=order.id)


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
    """The hold ran out and no money is on its way."""
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
    return order


def fulfil(session: Session, *, order_id: UUID) -> Order:
    """Hand a paid order to the warehouse; done once however often it is asked for."""
    order = orders.lock_order(session, order_id=order_id)
    if order.status == OrderStatus.PAID:
        orders.move(order, to=OrderStatus.PROCESSING, actor=Actor.SYSTEM)
    return order


def _buyer(order: Order) -> UUID:
    if order.customer_id is None:
        msg = f"order {order.id} of this shop has no customer"
        raise RuntimeError(msg)
    return order.customer_id
