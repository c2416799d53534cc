"""Accounts as other features know them. What people do with their own account lies beside:
`registration`, `sign_in`, `recovery`, `codes`; and `admins` for who may do what."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import AccountGone, EmailTaken, WrongPassword
from webapp.accounts.models import Customer
from webapp.accounts.passwords import check_policy
from webapp.kit.hashing import BoundedPasswordHasher


def normalize_email(email: str) -> str:
    return email.strip().lower()


def find_customer(session: Session, *, customer_id: UUID) -> Customer | None:
    """`None` for a deleted account as well."""
    customer = repository.find_customer(session, customer_id)
    return None if customer is None or customer.deleted_at else customer


def find_by_email(session: Session, *, email: str) -> Customer | None:
    return repository.find_by_email(session, normalize_email(email))


def require_customer(session: Session, *, customer_id: UUID) -> Customer:
    """Raises `AccountGone`."""
    return _not_gone(find_customer(session, customer_id=customer_id))


def _not_gone(customer: Customer | None) -> Customer:
    if customer is None or customer.deleted_at is not None:
        raise AccountGone
    return customer


def create_verified_customer(
    session: Session,
    *,
    email: str,
    password: str,
    name: str,
    groups: list[str],
    passwords: BoundedPasswordHasher,
    now: datetime,
) -> Customer:
    """An account made by the shop itself (an admin, the demo's). Raises `EmailTaken`."""
    check_policy(password)
    customer_id = repository.insert_customer(
        session,
        email=normalize_email(email),
        name=name,
        password_hash=passwords.hash(password),
        groups=groups,
    )
    if customer_id is None:
        raise EmailTaken
    customer = require_customer(session, customer_id=customer_id)
    customer.verified_at = now
    return customer


def check_password(
    password: str | None, kept: str | None, *, passwords: BoundedPasswordHasher
) -> None:
    """Of somebody who is signed in; where a user pool keeps the password, the token is
    proof enough.

    It takes its time: to be called while no transaction is open. Raises `WrongPassword`.
    """
    if kept is not None and not passwords.verify(password or "", kept):
        raise WrongPassword


def lock_for_deletion(
    session: Session, *, customer_id: UUID, verified_hash: str | None
) -> Customer:
    """The account, for `close`; nobody signs in or orders meanwhile. `proved` is the hash that the
    password has been shown to have.

    Raises `AccountGone`, and `WrongPassword` when the password has changed since.
    """
    customer = _not_gone(repository.lock_exclusively(session, customer_id))
    if customer.password_hash != verified_hash:
        raise WrongPassword
    return customer


def anonymize_customer(session: Session, *, customer: Customer, now: datetime) -> None:
    """Take from the row whatever tells whose it was, and end all that signs in with it."""
    repository.delete_codes_and_tokens(session, customer.id)
    customer.email = None
    customer.name = ""
    customer.password_hash = None
    customer.groups = []
    customer.deleted_at = now


def list_deleted_since(session: Session, *, since: datetime) -> set[UUID]:
    return repository.list_deleted_since(session, since)


def delete_unverified(session: Session, *, older_than: timedelta) -> int:
    """Delete accounts whose address was never proved; returns how many. Nobody has signed
    in to them, and whoever does have the address can open one again."""
    return repository.delete_unverified(session, older_than=older_than)


def delete_expired_codes(session: Session) -> int:
    """Returns how many codes that were never used were deleted."""
    return repository.delete_expired_codes(session)


def delete_expired_tokens(session: Session) -> int:
    """Returns how many refresh tokens were deleted."""
    return repository.delete_expired_tokens(session)
