from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model


class IntegrityCheck(Model):
    """What the last look at the books found about one invariant."""

    __tablename__ = "integrity_checks"

    name: Mapped[str] = mapped_column(primary_key=True)
    violations: Mapped[int]
    """How many break it."""
    sample: Mapped[list[str]]
    """The ids of some of them."""
    checked_at: Mapped[datetime]
    took_ms: Mapped[int]
