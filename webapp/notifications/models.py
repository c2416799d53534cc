from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model, Record


class SentNotification(Record):
    """One row a message, written with its promise: an event is told once."""

    __tablename__ = "sent_notifications"

    event_key: Mapped[str] = mapped_column(unique=True)
    """What is told to whom, as `event:id:recipient`."""
    channel: Mapped[str]
    recipient: Mapped[str]
    """The account's id: its address is looked up when the message is sent."""
    sent_at: Mapped[datetime | None]
    rejection_reason: Mapped[str | None]
    """What the mail server said when it refused it for good."""


class MutedNotifications(Model):
    """What an account does not want to be told."""

    __tablename__ = "muted_notifications"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True
    )
    events: Mapped[list[str]]
