from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record


class SentNotification(Record):
    """One row a message, written with its promise: an event is told once."""

    __tablename__ = "sent_notifications"

    event_key: Mapped[str] = mapped_column(unique=True)
    """What is told to whom, as `kind:id`."""
    channel: Mapped[str]
    recipient: Mapped[str]
