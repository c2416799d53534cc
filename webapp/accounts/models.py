from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db.base import Record
from webapp.kit.roles import ADMIN


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
        Index(
            "ix_customers_tokens_revoked_at",
            "tokens_revoked_at",
            postgresql_where="tokens_revoked_at IS NOT NULL",
        ),
        Index(
            "uq_customers_verified_email",
            "email",
            unique=True,
            postgresql_where="verified_at IS NOT NULL",
        ),
    )

    email: Mapped[str | None] = mapped_column(index=True)
    """Lower case. `None` once deleted, and until a token of the user pool names it. Anyone may
    register any address, so any number of unverified accounts have it, and one verified."""
    name: Mapped[str]
    password_hash: Mapped[str | None]
    """`None` once deleted, and where a user pool stores the password."""
    groups: Mapped[list[str]] = mapped_column(default=list)
    verified_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    registration_secret_hash: Mapped[str | None]
    """Of the secret that registering returned; `None` once verified."""
    token_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """Access tokens of an earlier version are rejected."""
    tokens_revoked_at: Mapped[datetime | None]
    """When `token_version` was last increased."""


IS_ACTIVE_ADMIN = (
    Customer.groups.contains([ADMIN])
    & Customer.verified_at.is_not(None)
    & Customer.deleted_at.is_(None)
)
"""Of an account that may see figures, and is notified of what concerns the shop."""


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


class KnownDevice(Record):
    """A device on which the customer has signed in before: strangers cannot use up its
    attempts."""

    __tablename__ = "known_devices"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class PasswordResetLink(Record):
    """A link mailed to choose a new password. Several work at once, so that a stranger who
    requests another one does not end the owner's."""

    __tablename__ = "password_reset_links"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class SecondFactor(Record):
    """The secret of a customer's authenticator app."""

    __tablename__ = "second_factors"

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), unique=True
    )
    encrypted_secret: Mapped[str]
    """With a key derived from `JWT_SECRET`, for this customer only."""
    confirmed_at: Mapped[datetime | None]
    """`None` until the owner has entered a code: it counts for nothing."""
    last_step: Mapped[int | None]
    """Time step (30 s since 1970) of the last code accepted; earlier ones are not."""


class RecoveryCode(Record):
    """In place of a code of the app; deleted when it is used."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("customer_id", "code_hash"),)

    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE")
    )
    code_hash: Mapped[str]


class ApiToken(Record):
    """With which a program calls the admin API. The row stays when it has ended."""

    __tablename__ = "api_tokens"

    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    """Those that this version does not know allow nothing."""
    creator_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("customers.id"), index=True
    )
    """`None` for the command line."""
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    """To about a minute."""
    revoked_at: Mapped[datetime | None]

    creator: Mapped[Customer | None] = relationship(lazy="raise")
