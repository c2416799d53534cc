from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from webapp.accounts.models import Customer
from webapp.orders.models import Order, OrderEvent
from webapp.orders.status import NOTHING_CAPTURED, OrderStatus


@dataclass(frozen=True)
class OrderFilters:
    """Which orders an admin asks for; what is empty does not narrow."""

    status: OrderStatus | None = None
    start: datetime | None = None
    end: datetime | None = None
    """Not included."""
    needs_review: bool | None = None
    text: str | None = None


WHOLE: tuple[ExecutableOption, ...] = (
    selectinload(Order.items),
    selectinload(Order.events),
)


def list_orders(
    session: Session,
    *,
    owner_id: UUID,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Order]:
    """Newest first; three statements however long the page is."""
    statement = select(Order).options(*WHOLE).where(Order.customer_id == owner_id)
    if after is not None:
        statement = statement.where(tuple_(Order.placed_at, Order.id) < after)
    return session.scalars(
        statement.order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    ).all()


def find_order(session: Session, *, owner_id: UUID, order_id: UUID) -> Order | None:
    return session.scalars(
        select(Order)
        .options(*WHOLE)
        .where(Order.id == order_id, Order.customer_id == owner_id)
    ).one_or_none()


def find_order_by_number(
    session: Session, *, owner_id: UUID, number: int
) -> Order | None:
    return session.scalars(
        select(Order)
        .options(*WHOLE)
        .where(Order.number == number, Order.customer_id == owner_id)
    ).one_or_none()


BY_IDEMPOTENCY_KEY = (
    select(Order)
    .options(*WHOLE)
    .where(
        Order.customer_id == bindparam("owner_id"),
        Order.idempotency_key == bindparam("idempotency_key"),
    )
)


def find_order_by_key(
    session: Session, *, owner_id: UUID, idempotency_key: str
) -> Order | None:
    return session.scalars(
        BY_IDEMPOTENCY_KEY, {"owner_id": owner_id, "idempotency_key": idempotency_key}
    ).one_or_none()


def find_order_unscoped(session: Session, order_id: UUID) -> Order | None:
    """Whoever it belongs to: for the shop's own steps, never for a customer's question."""
    return session.scalars(
        select(Order).options(*WHOLE).where(Order.id == order_id)
    ).one_or_none()


# As it is at that moment, whatever the session has read before. The lines never change.
LOCKED = (
    select(Order)
    .where(Order.id == bindparam("order_id"))
    .options(joinedload(Order.items))
    .with_for_update(of=Order)
    .execution_options(populate_existing=True)
)
EVENTS = (
    select(OrderEvent)
    .where(OrderEvent.order_id == bindparam("order_id"))
    .order_by(OrderEvent.id)
)


def lock_order(session: Session, order_id: UUID) -> Order | None:
    """Like `find`; nobody else changes it until the commit."""
    of_order = {"order_id": order_id}
    order = session.scalars(LOCKED, of_order).unique().one_or_none()
    if order is not None:
        # Read when the lock is there, or the last one may be missing.
        set_committed_value(order, "events", session.scalars(EVENTS, of_order).all())
    return order


# Each event sets `updated_at`; of what is written without one, `payment_id` matters.
UNTOUCHED = text("""
    SELECT number FROM orders
    WHERE id = :id AND status = :status AND updated_at = :updated_at
        AND payment_id IS NOT DISTINCT FROM CAST(:payment_id AS text)
    FOR UPDATE
""")


def lock_order_if_unchanged(session: Session, seen: Order) -> bool:
    """Lock it and take it into the session, unless somebody has changed it since it was
    read or written with its lines and events: then it is false, and nothing is done."""
    number = session.execute(
        UNTOUCHED,
        {
            "id": seen.id,
            "status": seen.status,
            "updated_at": seen.updated_at,
            "payment_id": seen.payment_id,
        },
    ).scalar()
    if number is None:
        return False
    set_committed_value(seen, "number", number)
    session.add(seen)
    return True


def find_statuses(
    session: Session, order_ids: Iterable[UUID]
) -> dict[UUID, OrderStatus]:
    rows = session.execute(
        select(Order.id, Order.status).where(Order.id.in_(order_ids))
    )
    return {row.id: OrderStatus(row.status) for row in rows}


@dataclass(frozen=True)
class CustomerHistory:
    """What an account and its orders so far say about the next one."""

    customer_since: datetime
    paid_orders: int
    orders_last_hour: int
    declined_last_day: int
    countries: frozenset[str]
    """Of paid orders."""


# As text, like everything that each new order runs: constructs cost four times the processor.
# The account is locked as a row that refers to it would lock it a moment later.
BUYER = text("""
    WITH buyer AS (
        SELECT created_at FROM customers
        WHERE id = :owner_id AND deleted_at IS NULL FOR KEY SHARE
    )
    SELECT (SELECT created_at FROM buyer),
        count(*) FILTER (WHERE is_paid), count(*) FILTER (WHERE placed_at > :hour_ago),
        count(*) FILTER (WHERE status = :failed AND placed_at > :day_ago),
        array_agg(DISTINCT shipping_address ->> 'country') FILTER (WHERE is_paid)
    FROM orders, LATERAL (SELECT payment_status != ALL (:nothing_taken)) AS _ (is_paid)
    WHERE customer_id = :owner_id
""")


def lock_customer_history(
    session: Session, *, owner_id: UUID, now: datetime
) -> CustomerHistory | None:
    """`None` when the account is closed. Waits for who closes it, and for nobody else."""
    counted = session.execute(
        BUYER,
        {
            "owner_id": owner_id,
            "nothing_taken": [status.value for status in NOTHING_CAPTURED],
            "failed": OrderStatus.PAYMENT_FAILED.value,
            "hour_ago": now - timedelta(hours=1),
            "day_ago": now - timedelta(days=1),
        },
    ).one()
    since, paid, last_hour, declined, countries = counted
    if since is None:
        return None
    return CustomerHistory(
        customer_since=since,
        paid_orders=paid,
        orders_last_hour=last_hour,
        declined_last_day=declined,
        countries=frozenset(filter(None, countries or ())),
    )


def search_orders(
    session: Session,
    *,
    filters: OrderFilters,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Order]:
    """Anybody's orders, newest first: for admins."""
    statement = select(Order).options(*WHOLE)
    conditions = {
        "status": lambda value: Order.status == value,
        "start": lambda value: Order.placed_at >= value,
        "end": lambda value: Order.placed_at < value,
        "needs_review": lambda value: Order.needs_review == value,
        "text": _named,
    }
    for name, condition in conditions.items():
        value = getattr(filters, name)
        if value is not None:
            statement = statement.where(condition(value))
    if after is not None:
        statement = statement.where(tuple_(Order.placed_at, Order.id) < after)
    return session.scalars(
        statement.order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    ).all()


def _named(text: str) -> ColumnElement[bool]:
    """By number, id, tracking number, either reference, or the customer's address."""
    alternatives: list[ColumnElement[bool]] = [
        Order.tracking_number == text,
        Order.customer_ref == text,
        Order.external_ref == text,
        Order.customer_id.in_(
            select(Customer.id).where(Customer.email == text.lower())
        ),
    ]
    digits = text.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        alternatives.append(Order.number == int(digits))
    with suppress(ValueError):
        alternatives.append(Order.id == UUID(text))
    return or_(*alternatives)


def find_emails(session: Session, customer_ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Customer.id, Customer.email).where(
            Customer.id.in_(customer_ids), Customer.email.is_not(None)
        )
    )
    return {row.id: row.email for row in rows}


def count_orders(
    session: Session, *, owner_id: UUID, statuses: Collection[OrderStatus]
) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                Order.customer_id == owner_id, Order.status.in_(statuses)
            )
        )
        or 0
    )


def redact_addresses(session: Session, *, owner_id: UUID) -> None:
    """To the country, which taxes were reckoned by; what the customer or another shop
    called the order by goes as well."""
    country = Order.shipping_address["country"].astext
    session.execute(
        update(Order)
        .where(Order.customer_id == owner_id)
        .values(
            customer_ref=None,
            idempotency_key=None,
            shipping_address=case(
                (country.is_not(None), func.jsonb_build_object("country", country)),
                else_=func.jsonb_build_object(),
            ),
        )
        .execution_options(synchronize_session=False)
    )


TAKE_HOLDS = text("""
    DELETE FROM stock_holds WHERE order_id = :order_id RETURNING variant_id, quantity
""")


def delete_holds(session: Session, order_id: UUID) -> dict[UUID, int]:
    """Delete the order's holds and say what they held, by variant. Whoever comes second
    gets nothing."""
    taken = session.execute(TAKE_HOLDS, {"order_id": order_id})
    return {row.variant_id: row.quantity for row in taken}
