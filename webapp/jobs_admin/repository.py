from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, exists, select
from sqlalchemy.orm import Session

from webapp.db.outbox import OPEN, OutboxMessage
from webapp.orders.models import Order
from webapp.orders.status import AWAITING_PAYMENT, OrderStatus

MAX_ORDERS = 500


def list_stuck_orders(session: Session, *, held_until: datetime) -> Sequence[UUID]:
    """Return unpaid orders whose stock hold has ended and whose expiry is not enqueued."""
    return session.scalars(
        select(Order.id)
        .where(
            Order.status.in_(AWAITING_PAYMENT),
            Order.hold_expires_at < held_until,
            ~_is_enqueued("orders.expire"),
        )
        .order_by(Order.hold_expires_at)
        .limit(MAX_ORDERS)
    ).all()


def list_unfulfilled_orders(
    session: Session, *, paid_until: datetime
) -> Sequence[UUID]:
    """Return paid orders placed in this shop that need no review and whose fulfillment is not
    enqueued."""
    return session.scalars(
        select(Order.id)
        .where(
            Order.status == OrderStatus.PAID,
            ~Order.needs_review,
            Order.external_ref.is_(None),
            Order.updated_at < paid_until,
            ~_is_enqueued("orders.fulfil"),
        )
        .order_by(Order.updated_at)
        .limit(MAX_ORDERS)
    ).all()


def _is_enqueued(job: str) -> ColumnElement[bool]:
    """Whether a message of this job about the order is open."""
    return exists().where(
        OutboxMessage.job == job,
        OPEN,
        OutboxMessage.arguments["order_id"].astext == cast(Order.id, Text),
    )
