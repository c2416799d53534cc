from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record


class Customer(Record):
    """A person who can sign in; an admin is one whose `groups` say so."""

    __tablename__ = "customers"

    email: Mapped[str] = mapped_column(unique=True)
    """Lower case."""
    name: Mapped[str]
    password_hash: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(default=list)
    verified_at: Mapped[datetime | None]


class VerificationCode(Record):
    """The latest code mailed to a customer for one purpose; an older one is overwritten."""

    __tablename__ = "verification_codes"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), unique=True
    )
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)


class RefreshToken(Record):
    """One link of a chain: using it makes the next one; using it twice ends the chain."""

    __tablename__ = "refresh_tokens"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    family_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
