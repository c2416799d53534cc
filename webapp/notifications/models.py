from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model, Record


class SentNotification(Record):
    """One row per mail, inserted with its outbox message: an event is sent once per recipient."""

    __tablename__ = "sent_notifications"

    event_key: Mapped[str] = mapped_column(unique=True)
    """`event:id:recipient`, unique."""
    channel: Mapped[str]
    recipient: Mapped[str]
    """The account's id; its address is looked up when the message is sent."""
    sent_at: Mapped[datetime | None]
    rejection_reason: Mapped[str | None]
    """Reply of the mail server when it rejected the mail permanently."""


class MutedNotifications(Model):
    """The events that an account has unsubscribed from."""

    __tablename__ = "muted_notifications"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True
    )
    events: Mapped[list[str]]
