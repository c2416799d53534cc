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
    """A URL of an integrator to which events are sent."""

    __tablename__ = "webhook_endpoints"

    url: Mapped[str]
    events: Mapped[list[str]]
    description: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[str]
    """Signs what is sent, so it is stored in clear text, and shown only when it is created."""
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]
    """The previous secret also signs until then, so that a rotation loses no event."""


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


payload_customer_id = literal_column("(payload #>> '{data,order,userId}')", Text)
"""The id of the customer whose order the payload contains, if it contains one."""


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
    """The same at every endpoint and in every attempt: the receiver's idempotency key."""
    type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    """As it was when the event was published; a replay sends the same. Of the address of a
    customer who has been deleted since, only the country is kept."""
    status: Mapped[str] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    last_status: Mapped[int | None]
    """HTTP status of the last response."""
    last_response: Mapped[str | None]
    """Beginning of the last response, or why there was none."""
    next_attempt_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    endpoint: Mapped[WebhookEndpoint] = relationship(lazy="raise")
