from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.base import ExecutableOption

from webapp.accounts.models import Customer
from webapp.db.statements import Statement
from webapp.kit.email_addresses import normalize_address
from webapp.kit.ids import new_id
from webapp.orders.models import Order, OrderEvent, RecordedChange
from webapp.orders.read_models import CustomerHistory, LatestOrder, OrderFilters
from webapp.orders.status import (
    AWAITING_PAYMENT,
    NOTHING_CAPTURED,
    Actor,
    OrderEventType,
    OrderStatus,
    PaymentStatus,
)

ITEMS_AND_EVENTS: tuple[ExecutableOption, ...] = (
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
    """List a customer's orders, newest first: three statements for any page length."""
    statement = (
        select(Order).options(*ITEMS_AND_EVENTS).where(Order.customer_id == owner_id)
    )
    if after is not None:
        statement = statement.where(tuple_(Order.placed_at, Order.id) < after)
    return session.scalars(
        statement.order_by(Order.placed_at.desc(), Order.id.desc()).limit(limit)
    ).all()


def find_order(session: Session, *, owner_id: UUID, order_id: UUID) -> Order | None:
    return session.scalars(
        select(Order)
        .options(*ITEMS_AND_EVENTS)
        .where(Order.id == order_id, Order.customer_id == owner_id)
    ).one_or_none()


def find_order_by_number(
    session: Session, *, owner_id: UUID, number: int
) -> Order | None:
    return session.scalars(
        select(Order)
        .options(*ITEMS_AND_EVENTS)
        .where(Order.number == number, Order.customer_id == owner_id)
    ).one_or_none()


BY_IDEMPOTENCY_KEY = (
    select(Order)
    .options(*ITEMS_AND_EVENTS)
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
    """Find an order of any owner: for the shop's own steps, never for a customer's request."""
    return session.scalars(
        select(Order).options(*ITEMS_AND_EVENTS).where(Order.id == order_id)
    ).one_or_none()


ORDER_WITH_ITEMS = (
    select(Order)
    .where(Order.id == bindparam("order_id"))
    .options(joinedload(Order.items))
)


def find_order_with_items(session: Session, order_id: UUID) -> Order | None:
    """Find an order of any owner, without its events."""
    found = session.scalars(ORDER_WITH_ITEMS, {"order_id": order_id})
    return found.unique().one_or_none()


# Reads the current row, even if the session has loaded the order before. Items never change.
LOCK_ORDER = (
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
    """Find an order of any owner and lock its row until the commit."""
    parameters = {"order_id": order_id}
    order = session.scalars(LOCK_ORDER, parameters).unique().one_or_none()
    if order is not None:
        # Read once the row is locked, or the latest event may be missing.
        set_committed_value(order, "events", session.scalars(EVENTS, parameters).all())
    return order


# Each event sets `updated_at`; of the changes without an event, only `payment_id` matters.
LOCK_IF_UNCHANGED = Statement("""
    SELECT number FROM orders
    WHERE id = :id AND status = :status AND updated_at = :updated_at
        AND payment_id IS NOT DISTINCT FROM CAST(:payment_id AS text)
    FOR UPDATE
""")


def lock_order_if_unchanged(session: Session, snapshot: Order) -> bool:
    """Lock the order and attach `snapshot` to the session, unless the order was changed since
    `snapshot` was read or written with its items and events: then do nothing and return
    False."""
    number = LOCK_IF_UNCHANGED.fetch_value(
        session,
        id=snapshot.id,
        status=snapshot.status,
        updated_at=snapshot.updated_at,
        payment_id=snapshot.payment_id,
    )
    if number is None:
        return False
    set_committed_value(snapshot, "number", number)
    session.add(snapshot)
    return True


START_PROCESSING = Statement("""
    WITH started AS (
        UPDATE orders SET status = :processing, updated_at = :now
        WHERE id = :id AND status = :paid AND NOT needs_review AND payment_status != :refunded
        RETURNING id
    ), recorded AS (
        INSERT INTO order_events (id, order_id, type, actor, details, created_at)
        SELECT :event_id, id, :type, :actor, '{}', :now FROM started
    )
    SELECT id FROM orders WHERE id = :id
""")


def start_processing(session: Session, order_id: UUID, *, now: datetime) -> bool:
    """Move the order on if it is paid and nothing holds it back; false when there is none."""
    found = START_PROCESSING.fetch_first(
        session,
        id=order_id,
        event_id=new_id(),
        type=OrderEventType.from_status(OrderStatus.PROCESSING).value,
        actor=Actor.SYSTEM.value,
        processing=OrderStatus.PROCESSING.value,
        paid=OrderStatus.PAID.value,
        refunded=PaymentStatus.REFUNDED.value,
        now=now,
    )
    return found is not None


def find_statuses(
    session: Session, order_ids: Iterable[UUID]
) -> dict[UUID, OrderStatus]:
    rows = session.execute(
        select(Order.id, Order.status).where(Order.id.in_(order_ids))
    )
    return {row.id: OrderStatus(row.status) for row in rows}


# The account gets the lock that the insert of a row with a foreign key to it takes anyway.
LOCK_CUSTOMER_HISTORY = Statement("""
    WITH buyer AS (
        SELECT created_at FROM customers
        WHERE id = :owner_id AND deleted_at IS NULL FOR KEY SHARE
    )
    SELECT (SELECT created_at FROM buyer) AS since, EXISTS (
        SELECT FROM orders WHERE customer_id = :owner_id AND idempotency_key = :idempotency_key
    ) AS has_used_key, past.*, latest.* FROM (
        SELECT count(*) FILTER (WHERE is_paid),
            count(*) FILTER (WHERE placed_at > :hour_ago),
            count(*) FILTER (WHERE status = :failed AND placed_at > :day_ago),
            array_agg(DISTINCT shipping_address ->> 'country') FILTER (WHERE is_paid)
        FROM orders, LATERAL (SELECT payment_status != ALL (:nothing_taken)) AS _ (is_paid)
        WHERE customer_id = :owner_id
    ) AS past (paid, last_hour, declined, countries)
    LEFT JOIN LATERAL (
        SELECT id, number, status, placed_at FROM orders WHERE customer_id = :owner_id
        ORDER BY status = ANY (:awaiting) DESC, placed_at DESC, id DESC LIMIT 1
    ) AS latest ON true
""")


def lock_customer_history(
    session: Session, *, owner_id: UUID, idempotency_key: str | None, now: datetime
) -> CustomerHistory | None:
    """Lock the account and read its history; `None` when the account is deleted. Waits only for
    a concurrent deletion of the account."""
    row = LOCK_CUSTOMER_HISTORY.fetch_first(
        session,
        owner_id=owner_id,
        idempotency_key=idempotency_key,
        nothing_taken=[status.value for status in NOTHING_CAPTURED],
        failed=OrderStatus.PAYMENT_FAILED.value,
        awaiting=[status.value for status in AWAITING_PAYMENT],
        hour_ago=now - timedelta(hours=1),
        day_ago=now - timedelta(days=1),
    )
    if row.since is None:
        return None
    return CustomerHistory(
        customer_since=row.since,
        has_used_key=row.has_used_key,
        latest_order=LatestOrder(
            row.id, row.number, OrderStatus(row.status), row.placed_at
        )
        if row.id is not None
        else None,
        paid_orders=row.paid,
        orders_last_hour=row.last_hour,
        declined_last_day=row.declined,
        countries=frozenset(filter(None, row.countries or ())),
    )


def search_orders(
    session: Session,
    *,
    filters: OrderFilters,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Order]:
    """Search the orders of all customers, newest first: for admins."""
    statement = select(Order).options(*ITEMS_AND_EVENTS)
    conditions = {
        "status": lambda value: Order.status == value,
        "payment_status": lambda value: Order.payment_status == value,
        "start": lambda value: Order.placed_at >= value,
        "end": lambda value: Order.placed_at < value,
        "needs_review": lambda value: Order.needs_review == value,
        "text": _matches_text,
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


def _matches_text(text: str) -> ColumnElement[bool]:
    """Match by number, id, tracking number, either reference or the customer's e-mail address."""
    alternatives: list[ColumnElement[bool]] = [
        Order.tracking_number == text,
        Order.customer_ref == text,
        Order.external_ref == text,
        Order.customer_id.in_(
            select(Customer.id).where(Customer.email == normalize_address(text))
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


def list_currencies(session: Session) -> Sequence[str]:
    return session.scalars(select(Order.currency).distinct()).all()


def redact_addresses(session: Session, *, owner_id: UUID) -> None:
    """Reduce the customer's shipping addresses to the country, which the tax depends on, and
    clear the references by which the customer or another shop identifies the order."""
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


DELETE_HOLDS = Statement("""
    DELETE FROM stock_holds WHERE order_id = :order_id RETURNING variant_id, quantity
""")


def delete_holds(session: Session, order_id: UUID) -> dict[UUID, int]:
    """Delete the order's holds and return their quantities by variant. A second caller gets
    none."""
    deleted = DELETE_HOLDS.fetch_all(session, order_id=order_id)
    return {row.variant_id: row.quantity for row in deleted}


def delete_changes(session: Session, *, older_than: timedelta) -> None:
    session.execute(
        delete(RecordedChange)
        .where(RecordedChange.changed_at < func.now() - older_than)
        .execution_options(synchronize_session=False)
    )
