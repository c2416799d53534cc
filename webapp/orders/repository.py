from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql.base import ExecutableOption

from webapp.orders.models import Order, StockHold

WHOLE: tuple[ExecutableOption, ...] = (
    selectinload(Order.items),
    selectinload(Order.events),
)


def page_of_orders(
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


def find_of_owner(session: Session, *, owner_id: UUID, order_id: UUID) -> Order | None:
    return session.scalars(
        select(Order)
        .options(*WHOLE)
        .where(Order.id == order_id, Order.customer_id == owner_id)
    ).one_or_none()


def find_by_number(session: Session, *, owner_id: UUID, number: int) -> Order | None:
    return session.scalars(
        select(Order)
        .options(*WHOLE)
        .where(Order.number == number, Order.customer_id == owner_id)
    ).one_or_none()


def find_by_request_key(
    session: Session, *, owner_id: UUID, request_key: str
) -> Order | None:
    return session.scalars(
        select(Order)
        .options(*WHOLE)
        .where(Order.customer_id == owner_id, Order.request_key == request_key)
    ).one_or_none()


def find(session: Session, order_id: UUID, *, locked: bool = False) -> Order | None:
    """Whoever it belongs to: for the shop's own steps, never for a customer's question."""
    statement = select(Order).options(*WHOLE).where(Order.id == order_id)
    if locked:
        # The state of this moment, whatever the session has read before it had the lock.
        statement = statement.with_for_update(of=Order).execution_options(
            populate_existing=True
        )
    return session.scalars(statement).one_or_none()


def holds_of(session: Session, order_id: UUID) -> Sequence[StockHold]:
    """In the order in which variants are locked everywhere."""
    return session.scalars(
        select(StockHold)
        .where(StockHold.order_id == order_id)
        .order_by(StockHold.variant_id)
    ).all()


def drop_holds(session: Session, order_id: UUID) -> None:
    session.execute(
        delete(StockHold)
        .where(StockHold.order_id == order_id)
        .execution_options(synchronize_session=False)
    )
