"""Orders: queries, history, and the only place that changes their state."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts.errors import AccountGone
from webapp.catalog import stock
from webapp.db.idempotency import KEY_RETENTION
from webapp.kit import paging
from webapp.kit.clock import utc_now
from webapp.kit.paging import Page
from webapp.orders import repository
from webapp.orders.errors import OrderNotFound
from webapp.orders.models import CHANGE_RETENTION, Order, OrderEvent
from webapp.orders.read_models import CustomerHistory, OrderFilters
from webapp.orders.status import (
    AWAITING_PAYMENT,
    OPEN_STATUSES,
    Actor,
    OrderEventType,
    OrderStatus,
    PaymentStatus,
    check_transition,
)


def list_orders(
    session: Session,
    *,
    owner_id: UUID,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
) -> Page[Order]:
    """List a customer's orders, newest first."""
    rows = repository.list_orders(
        session,
        owner_id=owner_id,
        after=paging.decode_time_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut_page(rows, limit=limit, key=_sort_key)


def search_orders(
    session: Session,
    *,
    filters: OrderFilters,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
) -> Page[Order]:
    """Search the orders of all customers, newest first: for admins."""
    rows = repository.search_orders(
        session,
        filters=filters,
        after=paging.decode_time_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut_page(rows, limit=limit, key=_sort_key)


def find_customer_emails(
    session: Session, *, orders: Sequence[Order]
) -> dict[UUID, str]:
    """Find the customers' e-mail addresses, by customer id."""
    customer_ids = {order.customer_id for order in orders if order.customer_id}
    return repository.find_emails(session, customer_ids)


def lock_customer_history(
    session: Session, *, owner_id: UUID, idempotency_key: str | None, now: datetime
) -> CustomerHistory:
    """Lock the account and read its history. The account cannot be deleted before this
    transaction ends, so that the deletion finds all the personal data written here. Raises
    `AccountGone`."""
    history = repository.lock_customer_history(
        session, owner_id=owner_id, idempotency_key=idempotency_key, now=now
    )
    if history is None:
        raise AccountGone
    return history


def _sort_key(order: Order) -> paging.SortKey:
    return [order.placed_at.isoformat(), str(order.id)]


def require_order(session: Session, *, owner_id: UUID, order_id: UUID) -> Order:
    """Load an order of the customer. Raises `OrderNotFound`, also for another customer's order."""
    order = repository.find_order(session, owner_id=owner_id, order_id=order_id)
    if order is None:
        raise OrderNotFound(order_id)
    return order


def require_order_by_number(session: Session, *, owner_id: UUID, number: int) -> Order:
    """Load an order of the customer by its number. Raises `OrderNotFound`."""
    order = repository.find_order_by_number(session, owner_id=owner_id, number=number)
    if order is None:
        raise OrderNotFound(number)
    return order


def lock_order(
    session: Session, *, order_id: UUID, snapshot: Order | None = None
) -> Order:
    """Lock an order of any owner until the commit. Raises `OrderNotFound`.

    `snapshot` is the order, with items and events, from an earlier transaction: if it is
    unchanged, it is not read again.
    """
    if snapshot is not None and repository.lock_order_if_unchanged(session, snapshot):
        return snapshot
    order = repository.lock_order(session, order_id)
    if order is None:
        raise OrderNotFound(order_id)
    return order


def require_order_unscoped(
    session: Session, *, order_id: UUID, with_events: bool = True
) -> Order:
    """Load an order of any owner, for the shop's own steps. Raises `OrderNotFound`."""
    find = (
        repository.find_order_unscoped
        if with_events
        else repository.find_order_with_items
    )
    order = find(session, order_id)
    if order is None:
        raise OrderNotFound(order_id)
    return order


def find_statuses(session: Session, *, order_ids: set[UUID]) -> dict[UUID, OrderStatus]:
    """Find statuses by order id; unknown ids are left out."""
    return repository.find_statuses(session, order_ids) if order_ids else {}


def find_order_by_key(
    session: Session, *, owner_id: UUID, idempotency_key: str, now: datetime
) -> Order | None:
    """Find the order that was made under this idempotency key, while the key is retained."""
    order = repository.find_order_by_key(
        session, owner_id=owner_id, idempotency_key=idempotency_key
    )
    if order is not None and order.placed_at < now - KEY_RETENTION:
        order.idempotency_key = None
        # The next order may reuse the key, and its insert would come before this update.
        session.flush()
        return None
    return order


def change_status(
    order: Order, *, to: OrderStatus, actor: Actor, **details: Any
) -> None:
    """Change the status and record an event. Raises `StatusNotAllowed`."""
    check_transition(OrderStatus(order.status), to)
    order.status = to
    record_event(order, type=OrderEventType.from_status(to), actor=actor, **details)


def start_processing(session: Session, *, order_id: UUID) -> None:
    """Move a paid order to `PROCESSING`, and record an event; one that waits for a review or is
    fully refunded stays as it is. One statement, as every order needs it. Raises `OrderNotFound`.
    """
    if not repository.start_processing(session, order_id, now=utc_now()):
        raise OrderNotFound(order_id)


def record_event(
    order: Order,
    *,
    type: OrderEventType,  # noqa: A002
    actor: Actor,
    **details: Any,
) -> None:
    """Record an event without a change of status. Sets `updated_at`, which reveals a change."""
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
        record_event(order, type=OrderEventType.from_payment_status(to), actor=actor)


def count_open_orders(session: Session, *, owner_id: UUID) -> int:
    return repository.count_orders(session, owner_id=owner_id, statuses=OPEN_STATUSES)


def list_currencies(session: Session) -> Sequence[str]:
    """Those that orders were placed in; reads all of them."""
    return repository.list_currencies(session)


def anonymize_customer(session: Session, *, owner_id: UUID) -> None:
    """Remove personal data from the customer's orders; only the country of an address stays."""
    repository.redact_addresses(session, owner_id=owner_id)


def is_awaiting_payment(order: Order) -> bool:
    return order.status in AWAITING_PAYMENT


def is_refunded(order: Order) -> bool:
    """Whether the whole payment is refunded."""
    return order.payment_status == PaymentStatus.REFUNDED


def release_holds(session: Session, *, order_id: UUID) -> None:
    """Return the held units to the stock for sale."""
    units = repository.delete_holds(session, order_id)
    stock.release(session, units, order_id=order_id)


def sell_holds(session: Session, *, order_id: UUID, low_stock: int) -> None:
    """Turn the held units into a sale: they leave the stock."""
    units = repository.delete_holds(session, order_id)
    stock.sell_held(session, units, order_id=order_id, low_stock=low_stock)


def restock(session: Session, *, order: Order) -> None:
    """Return the units of an order that was sold but not shipped to the stock."""
    stock.restock(session, count_units(order), order_id=order.id)


def count_units(order: Order) -> Counter[UUID]:
    """Count the order's units by variant; variants that no longer exist are left out."""
    units = Counter[UUID]()
    for item in order.items:
        if item.variant_id is not None:
            units[item.variant_id] += item.quantity
    return units


def delete_expired_changes(session: Session) -> None:
    """Delete what was recorded of changes that no export needs any more."""
    repository.delete_changes(session, older_than=CHANGE_RETENTION)
