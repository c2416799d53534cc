"""Orders: their history, and the one place where their state changes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts.errors import AccountGone
from webapp.catalog import stock
from webapp.db.idempotency import KEPT
from webapp.kit import paging
from webapp.kit.clock import utc_now
from webapp.kit.paging import Page
from webapp.orders import repository
from webapp.orders.errors import OrderNotFound
from webapp.orders.models import Order, OrderEvent
from webapp.orders.repository import Buyer, Wanted
from webapp.orders.status import (
    AWAITING_PAYMENT,
    NOT_SENT,
    Actor,
    OrderStatus,
    PaymentStatus,
    check_step,
)


def list_orders(
    session: Session,
    *,
    owner_id: UUID,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
) -> Page[Order]:
    """Newest first."""
    rows = repository.page_of_orders(
        session,
        owner_id=owner_id,
        after=paging.moment_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut(rows, limit=limit, key=_place_in_list)


def search_orders(
    session: Session,
    *,
    wanted: Wanted,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
) -> Page[Order]:
    """Anybody's orders, newest first: for admins."""
    rows = repository.search(
        session,
        wanted=wanted,
        after=paging.moment_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut(rows, limit=limit, key=_place_in_list)


def buyers_of(session: Session, *, orders: Sequence[Order]) -> dict[UUID, str]:
    """E-mail addresses by customer."""
    known = {order.customer_id for order in orders if order.customer_id}
    return repository.emails_of(session, known)


def hold_buyer(session: Session, *, owner_id: UUID, now: datetime) -> Buyer:
    """Of an account that is not closed before this transaction has ended: what is written
    about the person is there for its deletion to find. Raises `AccountGone`."""
    buyer = repository.hold_buyer(session, owner_id=owner_id, now=now)
    if buyer is None:
        raise AccountGone
    return buyer


def _place_in_list(order: Order) -> paging.Key:
    return [order.placed_at.isoformat(), str(order.id)]


def require_order(session: Session, *, owner_id: UUID, order_id: UUID) -> Order:
    """Raises `OrderNotFound`, for another customer's order too."""
    order = repository.find_of_owner(session, owner_id=owner_id, order_id=order_id)
    if order is None:
        raise OrderNotFound(order_id)
    return order


def require_order_by_number(session: Session, *, owner_id: UUID, number: int) -> Order:
    """By the number people say. Raises `OrderNotFound`."""
    order = repository.find_by_number(session, owner_id=owner_id, number=number)
    if order is None:
        raise OrderNotFound(number)
    return order


def lock_order(session: Session, *, order_id: UUID, seen: Order | None = None) -> Order:
    """For a step of the shop itself: nobody else changes the order until the commit.

    `seen` is the whole order as a transaction before knew it: what nobody has touched since
    is not read again.
    """
    if seen is not None and repository.lock_untouched(session, seen):
        return seen
    order = repository.lock(session, order_id)
    if order is None:
        raise OrderNotFound(order_id)
    return order


def read_order(session: Session, *, order_id: UUID) -> Order:
    """For a step of the shop itself."""
    order = repository.find(session, order_id)
    if order is None:
        raise OrderNotFound(order_id)
    return order


def statuses_of(session: Session, *, order_ids: set[UUID]) -> dict[UUID, OrderStatus]:
    """Unknown ones are left out."""
    return repository.statuses_of(session, order_ids) if order_ids else {}


def find_by_request_key(
    session: Session, *, owner_id: UUID, request_key: str, now: datetime
) -> Order | None:
    """The order that a request under this key has made, while the key is kept."""
    order = repository.find_by_request_key(
        session, owner_id=owner_id, request_key=request_key
    )
    if order is not None and order.placed_at < now - KEPT:
        order.request_key = None
        # The next order may have the key, and would be inserted first.
        session.flush()
        return None
    return order


def move(order: Order, *, to: OrderStatus, actor: Actor, **details: Any) -> None:
    """Change the status and leave an event. Raises `StatusNotAllowed`."""
    check_step(OrderStatus(order.status), to)
    order.status = to
    note(order, type=f"order.{to.lower()}", actor=actor, **details)


def note(order: Order, *, type: str, actor: Actor, **details: Any) -> None:  # noqa: A002
    """Leave an event without a change of status."""
    now = utc_now()
    order.events.append(
        OrderEvent(
            order_id=order.id, type=type, actor=actor, details=details, created_at=now
        )
    )
    order.updated_at = now


def set_payment_status(order: Order, *, to: PaymentStatus, actor: Actor) -> None:
    if order.payment_status != to:
        order.payment_status = to
        note(order, type=f"payment.{to.lower()}", actor=actor)


def count_not_sent(session: Session, *, owner_id: UUID) -> int:
    return repository.count_with_status(session, owner_id=owner_id, statuses=NOT_SENT)


def forget_person(session: Session, *, owner_id: UUID) -> None:
    """Of where the customer's orders went, only the country stays."""
    repository.reduce_addresses(session, owner_id=owner_id)


def awaits_payment(order: Order) -> bool:
    return order.status in AWAITING_PAYMENT


def is_refunded(order: Order) -> bool:
    """All of it."""
    return order.payment_status == PaymentStatus.REFUNDED


def release_holds(session: Session, *, order_id: UUID) -> None:
    """The held units can be bought again."""
    units = repository.take_holds(session, order_id)
    stock.release(session, units, order_id=order_id)


def sell_holds(session: Session, *, order_id: UUID, low_stock: int) -> None:
    """The held units leave the stock."""
    units = repository.take_holds(session, order_id)
    stock.sell_held(session, units, order_id=order_id, low_stock=low_stock)


def restock(session: Session, *, order: Order) -> None:
    """What was sold and never left the warehouse can be bought again."""
    stock.take_back(session, units_of(order), order_id=order.id)


def units_of(order: Order) -> Counter[UUID]:
    """How many it has of each variant that is still known."""
    units = Counter[UUID]()
    for item in order.items:
        if item.variant_id is not None:
            units[item.variant_id] += item.quantity
    return units
