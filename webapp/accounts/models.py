from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Record


class Customer(Record):
    """A person who can sign in; an admin has the group `admin`.

    The row of a deleted account stays, without personal data: orders and payments refer to it.
    """

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "ix_customers_deleted_at",
            "deleted_at",
            postgresql_where="deleted_at IS NOT NULL",
        ),
    )

    email: Mapped[str | None] = mapped_column(unique=True)
    """Lower case. `None` once deleted, and until a token of the user pool names it."""
    name: Mapped[str]
    password_hash: Mapped[str | None]
    """`None` once deleted, and where a user pool stores the password."""
    groups: Mapped[list[str]] = mapped_column(default=list)
    verified_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class VerificationCode(Record):
    """The latest code mailed to a customer for one purpose; an older one is overwritten."""

    __tablename__ = "verification_codes"
    __table_args__ = (UniqueConstraint("customer_id", "purpose"),)

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE")
    )
    purpose: Mapped[str]
    code_hash: Mapped[str]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)


class RefreshToken(Record):
    """One token of a family (a rotation chain): using it creates the next one; using it twice
    revokes the family."""

    __tablename__ = "refresh_tokens"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    family_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
