"""Accounts as other features use them.

What people do with their own account is in `registration`, `sign_in`, `recovery` and `codes`;
`admins` manages the admin group.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import AccountGone, EmailTaken, WrongPassword
from webapp.accounts.models import Customer
from webapp.accounts.passwords import check_policy
from webapp.kit.email_addresses import normalize_address
from webapp.kit.hashing import BoundedPasswordHasher


def normalize_email(email: str) -> str:
    return normalize_address(email)


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


def claim_email(session: Session, *, customer: Customer, now: datetime) -> bool:
    """Verify the account's address, unless another account has it; returns whether it has it.

    Other registrations of the address are deleted. Leaves the customer's row locked.
    """
    if customer.email is None:
        return False
    same_address = repository.lock_all_by_email(session, customer.email)
    owners = [row.id for row in same_address if row.verified_at is not None]
    if customer not in same_address or owners not in ([], [customer.id]):
        return False
    customer.verified_at = customer.verified_at or now
    customer.registration_secret_hash = None
    session.flush()
    repository.delete_unverified_by_email(session, customer.email)
    return True


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
    """Create an account that needs no verification (an admin, a demo account).

    Raises `EmailTaken`.
    """
    check_policy(password, personal=(email, name))
    customer_id = repository.insert_customer(
        session,
        email=normalize_email(email),
        name=name,
        password_hash=passwords.hash(password),
        groups=groups,
        verified_at=now,
    )
    if customer_id is None:
        raise EmailTaken
    return require_customer(session, customer_id=customer_id)


def check_password(
    password: str | None, password_hash: str | None, *, passwords: BoundedPasswordHasher
) -> None:
    """Check the password of a signed-in account; without a hash, as a user pool stores the
    password, the token is sufficient.

    Hashing is slow: call it while no transaction is open. Raises `WrongPassword`.
    """
    if password_hash is not None and not passwords.verify(
        password or "", password_hash
    ):
        raise WrongPassword


def lock_for_deletion(
    session: Session, *, customer_id: UUID, verified_hash: str | None
) -> Customer:
    """Lock the account against sign-ins and orders, for `anonymize_customer`.

    `verified_hash` is the hash that the password was checked against. Raises `AccountGone`, and
    `WrongPassword` when the password has changed since.
    """
    customer = _not_gone(repository.lock_exclusively(session, customer_id))
    if customer.password_hash != verified_hash:
        raise WrongPassword
    return customer


def anonymize_customer(session: Session, *, customer: Customer, now: datetime) -> None:
    """Remove all personal data from the row, delete its codes and refresh tokens, and revoke the
    API tokens that it created."""
    repository.delete_codes_and_tokens(session, customer.id)
    repository.revoke_api_tokens(session, creator_id=customer.id, now=now)
    customer.email = None
    customer.name = ""
    customer.password_hash = None
    customer.groups = []
    customer.deleted_at = now


@dataclass(frozen=True)
class RevokedAccess:
    """Access tokens that are valid by their signature and are rejected all the same."""

    deleted_ids: set[UUID]
    token_versions: dict[UUID, int]
    """By customer, the version below which tokens are rejected."""


def list_revoked_access(session: Session, *, since: datetime) -> RevokedAccess:
    """Of accounts that were deleted, or whose access tokens were revoked, since."""
    rows = repository.list_revoked_since(session, since)
    return RevokedAccess(
        {customer_id for customer_id, deleted_at, _ in rows if deleted_at},
        {customer_id: version for customer_id, _, version in rows},
    )


def delete_unverified(session: Session, *, older_than: timedelta) -> int:
    """Delete accounts whose address was never verified; returns their number. They have never
    had a sign-in, and the address can be registered again."""
    return repository.delete_unverified(session, older_than=older_than)


def delete_expired_codes(session: Session) -> int:
    """Delete codes that expired unused; returns their number."""
    return repository.delete_expired_codes(session)


def delete_expired_devices_and_links(session: Session) -> None:
    """Delete known devices and password reset links that have expired."""
    repository.delete_expired_devices_and_links(session)


def delete_expired_tokens(session: Session) -> int:
    """Delete expired refresh tokens; returns their number."""
    return repository.delete_expired_tokens(session)
