from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model


class IntegrityCheck(Model):
    """Result of the last check of one invariant."""

    __tablename__ = "integrity_checks"

    name: Mapped[str] = mapped_column(primary_key=True)
    violations: Mapped[int]
    """Number of rows that violate it."""
    sample: Mapped[list[str]]
    """Ids of some of these rows."""
    checked_at: Mapped[datetime]
    took_ms: Mapped[int]
