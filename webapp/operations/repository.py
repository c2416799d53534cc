from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, exists, select
from sqlalchemy.orm import Session

from webapp.db.outbox import OutboxMessage
from webapp.orders.models import Order
from webapp.orders.status import AWAITING_PAYMENT

MOST = 500


def stuck_orders(session: Session, *, held_until: datetime) -> Sequence[UUID]:
    """Unpaid orders whose hold has ended and of which no open promise says so."""
    promised = exists().where(
        OutboxMessage.job == "orders.expire",
        OutboxMessage.done_at.is_(None),
        OutboxMessage.failed_at.is_(None),
        OutboxMessage.arguments["order_id"].astext == cast(Order.id, Text),
    )
    return session.scalars(
        select(Order.id)
        .where(
            Order.status.in_(AWAITING_PAYMENT),
            Order.hold_expires_at < held_until,
            ~promised,
        )
        .order_by(Order.hold_expires_at)
        .limit(MOST)
    ).all()
