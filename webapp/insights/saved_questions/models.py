from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record


class SavedQuestion(Record):
    """A query or an analysis that an admin saved under a name, for all admins."""

    __tablename__ = "saved_questions"
    __table_args__ = (UniqueConstraint("name_key"),)

    name: Mapped[str]
    name_key: Mapped[str]
    """Equal for all spellings of the name."""
    body: Mapped[dict[str, Any]]
    """As it was sent. It was possible then, and may not be in a later version of the shop."""
    version: Mapped[int] = mapped_column(default=1)
    """Raised by each change."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
