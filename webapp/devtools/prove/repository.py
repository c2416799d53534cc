from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from webapp.catalog.models import Variant
from webapp.db.idempotency import IdempotencyKey
from webapp.db.outbox import OutboxMessage
from webapp.devtools.prove.observations import StoredOrder
from webapp.notifications.events import Channel
from webapp.notifications.models import SentNotification
from webapp.orders.models import Order, OrderEvent, OrderItem
from webapp.orders.status import (
    AWAITING_PAYMENT,
    OrderEventType,
    OrderStatus,
    PaymentStatus,
)

# Jobs that orders enqueue. Index and cleanup jobs never end and prove nothing.
ORDER_JOB_PATTERNS = ("payments.%", "orders.%", "notifications.%")
UNSOLD_STATUSES = (
    OrderStatus.PENDING,
    OrderStatus.REQUIRES_ACTION,
    OrderStatus.PAYMENT_FAILED,
    OrderStatus.CANCELLED,
)


def count_open_messages(session: Session) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                OutboxMessage.done_at.is_(None),
                OutboxMessage.dead_lettered_at.is_(None),
                or_(
                    *(OutboxMessage.job.like(pattern) for pattern in ORDER_JOB_PATTERNS)
                ),
            )
        )
        or 0
    )


def retry_failed_now(session: Session, *, due_after: timedelta) -> None:
    """Make failed messages due now that are to be retried later than `due_after`.

    Messages that are dispatched or running are left alone: their `due_at` is the lease.
    """
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.done_at.is_(None),
            OutboxMessage.dead_lettered_at.is_(None),
            OutboxMessage.last_error.is_not(None),
            OutboxMessage.dispatched_at.is_(None),
            OutboxMessage.due_at > func.now() + due_after,
        )
        .values(due_at=func.now())
    )


def count_unpaid_orders(session: Session, buyers: Sequence[UUID]) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                Order.customer_id.in_(buyers), Order.status.in_(AWAITING_PAYMENT)
            )
        )
        or 0
    )


def list_orders(session: Session, buyers: Sequence[UUID]) -> list[StoredOrder]:
    rows = session.execute(
        select(
            Order.id,
            Order.customer_id,
            Order.idempotency_key,
            Order.status,
            Order.payment_status,
        ).where(Order.customer_id.in_(buyers))
    )
    return [
        StoredOrder(str(id_), str(buyer), key, status, paid)
        for id_, buyer, key, status, paid in rows
    ]


def list_paid_order_numbers(session: Session, buyers: Sequence[UUID]) -> Sequence[int]:
    """List the numbers of orders that were paid in time, including those canceled since."""
    return session.scalars(
        select(Order.number)
        .join(OrderEvent, OrderEvent.order_id == Order.id)
        .where(Order.customer_id.in_(buyers), OrderEvent.type == OrderEventType.PAID)
    ).all()


def list_mail_event_keys(session: Session) -> Sequence[str]:
    """List the event keys (`event:id:recipient`) of mail notifications."""
    return session.scalars(
        select(SentNotification.event_key).where(
            SentNotification.channel == Channel.MAIL
        )
    ).all()


def find_units_on_hand(session: Session, variants: Sequence[UUID]) -> dict[UUID, int]:
    rows = session.execute(
        select(Variant.id, Variant.on_hand).where(Variant.id.in_(variants))
    )
    return {row.id: row.on_hand for row in rows}


def sum_units_sold(session: Session, variants: Sequence[UUID]) -> dict[UUID, int]:
    """Add up units by variant from paid orders, independently of the stock records."""
    rows = session.execute(
        select(OrderItem.variant_id, func.sum(OrderItem.quantity))
        .join(Order, Order.id == OrderItem.order_id)
        .where(
            OrderItem.variant_id.in_(variants),
            Order.status.not_in(UNSOLD_STATUSES),
            Order.payment_status != PaymentStatus.UNPAID,
        )
        .group_by(OrderItem.variant_id)
    )
    return {variant_id: int(sold) for variant_id, sold in rows if variant_id}


def list_stored_server_errors(session: Session) -> list[str]:
    return list(
        session.scalars(select(IdempotencyKey.key).where(IdempotencyKey.status >= 500))
    )
