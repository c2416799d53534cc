from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db.base import Record


class WebhookEndpoint(Record):
    """Where an integrator is told of events."""

    __tablename__ = "webhook_endpoints"

    url: Mapped[str]
    events: Mapped[list[str]]
    description: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[str]
    """Signs what is sent, so it is kept as it is and shown only when it is made."""
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    """Signs beside the new one until then, so that a rotation drops nothing."""


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


payload_customer_id = literal_column("(payload #>> '{data,order,userId}')", Text)
"""The id of whose order it is, if a delivery tells of one."""


class WebhookDelivery(Record):
    """One event for one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        CheckConstraint(
            "status IN ('pending', 'delivered', 'failed')", name="status_known"
        ),
        Index("ix_webhook_deliveries_status", "endpoint_id", "status", "id"),
        Index("ix_webhook_deliveries_created", "created_at"),
        Index("ix_webhook_deliveries_customer", payload_customer_id),
    )

    endpoint_id: Mapped[UUID] = mapped_column(
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE")
    )
    event_id: Mapped[UUID]
    """The same at every endpoint and in every try: the receiver's key against repetitions."""
    type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    """As it was when the event was told; a replay sends the same. Of a customer who has
    been deleted since, no more than the country is kept."""
    status: Mapped[str] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    last_status: Mapped[int | None]
    """HTTP status of the last answer."""
    last_response: Mapped[str | None]
    """Beginning of the last answer, or why there was none."""
    next_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    endpoint: Mapped[WebhookEndpoint] = relationship(lazy="raise")
