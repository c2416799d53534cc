from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, cast, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.orm import Session, joinedload

from webapp.db.outbox import OPEN, OutboxMessage
from webapp.db.statements import Statement
from webapp.kit.ids import new_id
from webapp.webhooks.models import (
    DeliveryStatus,
    WebhookDelivery,
    WebhookEndpoint,
    payload_customer_id,
)

LIST_SUBSCRIBED = Statement("""
    SELECT id FROM webhook_endpoints
    WHERE is_active AND CAST(:event AS text) = ANY (events) ORDER BY id
""")


def list_endpoints(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[WebhookEndpoint]:
    """Newest first."""
    statement = select(WebhookEndpoint).order_by(WebhookEndpoint.id.desc())
    if after is not None:
        statement = statement.where(WebhookEndpoint.id < after)
    return session.scalars(statement.limit(limit)).all()


def list_subscribed_endpoint_ids(session: Session, event: str) -> Sequence[UUID]:
    return [row.id for row in LIST_SUBSCRIBED.fetch_all(session, event=event)]


def find_endpoint(session: Session, endpoint_id: UUID) -> WebhookEndpoint | None:
    return session.get(WebhookEndpoint, endpoint_id)


def insert_delivery(
    session: Session,
    *,
    endpoint_id: UUID,
    event_id: UUID,
    type: str,  # noqa: A002
    payload: dict[str, Any],
) -> UUID | None:
    """The new row's id; `None` when the endpoint has a delivery of this event already."""
    return session.scalar(
        insert(WebhookDelivery)
        .values(
            id=new_id(),
            endpoint_id=endpoint_id,
            event_id=event_id,
            type=type,
            payload=payload,
            status=DeliveryStatus.PENDING,
            attempts=0,
            next_attempt_at=func.now(),
        )
        .on_conflict_do_nothing(
            index_elements=[WebhookDelivery.endpoint_id, WebhookDelivery.event_id]
        )
        .returning(WebhookDelivery.id)
    )


def list_deliveries(
    session: Session,
    *,
    endpoint_id: UUID,
    status: DeliveryStatus | None,
    after: UUID | None,
    limit: int,
) -> Sequence[WebhookDelivery]:
    """Newest first."""
    statement = select(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint_id
    )
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    if after is not None:
        statement = statement.where(WebhookDelivery.id < after)
    return session.scalars(
        statement.order_by(WebhookDelivery.id.desc()).limit(limit)
    ).all()


def find_delivery(
    session: Session, delivery_id: UUID, *, locked: bool = False
) -> WebhookDelivery | None:
    """Find a delivery and load its endpoint with it."""
    statement = (
        select(WebhookDelivery)
        .options(joinedload(WebhookDelivery.endpoint, innerjoin=True))
        .where(WebhookDelivery.id == delivery_id)
    )
    if locked:
        statement = statement.with_for_update(of=WebhookDelivery)
    return session.scalars(statement).one_or_none()


HAS_OPEN_JOB = exists().where(
    OutboxMessage.job == "webhooks.deliver",
    OPEN,
    OutboxMessage.arguments["delivery_id"].astext == cast(WebhookDelivery.id, Text),
)
HAS_PENDING_ATTEMPT = and_(
    WebhookDelivery.status == DeliveryStatus.PENDING, HAS_OPEN_JOB
)


def has_pending_attempt(session: Session, delivery_id: UUID) -> bool:
    """Whether the delivery is pending and a job for its next attempt is open."""
    return bool(
        session.scalar(
            select(HAS_PENDING_ATTEMPT).where(WebhookDelivery.id == delivery_id)
        )
    )


def lock_replayable_deliveries(
    session: Session, *, endpoint_id: UUID, limit: int
) -> Sequence[WebhookDelivery]:
    """Oldest first, locked; rows that another transaction has locked are skipped."""
    return session.scalars(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == endpoint_id,
            WebhookDelivery.status != DeliveryStatus.DELIVERED,
            ~HAS_PENDING_ATTEMPT,
        )
        .order_by(WebhookDelivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def redact_deliveries(session: Session, *, owner_id: UUID) -> None:
    """Reduce shipping addresses to the country, as in the orders themselves."""
    address = ("data", "order", "shippingAddress")
    country = WebhookDelivery.payload[(*address, "country")].astext
    session.execute(
        update(WebhookDelivery)
        .where(payload_customer_id == str(owner_id))
        .values(
            payload=func.jsonb_set(
                WebhookDelivery.payload,
                array(address),
                func.jsonb_strip_nulls(func.jsonb_build_object("country", country)),
            )
        )
        .execution_options(synchronize_session=False)
    )


def delete_finished_deliveries(session: Session, *, older_than: timedelta) -> int:
    deleted = session.execute(
        delete(WebhookDelivery)
        .where(
            WebhookDelivery.status != DeliveryStatus.PENDING,
            WebhookDelivery.created_at < func.now() - older_than,
        )
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())
