"""Sign-in, refresh-token rotation and sign-out.

A sign-in is a family of refresh tokens, each valid for one exchange. An access token is not
looked up when it is used, so it outlives its family by an hour at most: logging out, a new
password and a revoked group end refreshing, and do not revoke the access tokens already
issued. (A deleted account is rejected at once, see `account_status`.)

Adding to a customer's families or revoking them requires the lock on the customer's row.
Otherwise an exchange that runs concurrently with a password reset would leave a thief one
refresh token that is not revoked.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import BadRefreshToken, NotVerified, WrongCredentials
from webapp.accounts.models import Customer
from webapp.accounts.service import normalize_email
from webapp.kit.hashing import BoundedPasswordHasher
from webapp.kit.ids import new_id

REFRESH_LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class SignIn:
    """The signed-in customer, with the refresh token that is shown once and stored as a hash."""

    customer: Customer
    refresh_token: str


def find_password_hash(session: Session, *, email: str) -> str | None:
    """The hash for `verify_credentials`; `None` if there is no such account, or if a user pool
    stores its password."""
    customer = repository.find_by_email(session, normalize_email(email))
    return None if customer is None else customer.password_hash


def verify_credentials(
    password: str, password_hash: str | None, *, passwords: BoundedPasswordHasher
) -> str:
    """Check the password and return its hash, for `log_in`.

    Hashing is slow: call it while no transaction is open. Raises `WrongCredentials`.
    """
    if not passwords.verify(password, password_hash) or password_hash is None:
        raise WrongCredentials
    return password_hash


def log_in(
    session: Session, *, email: str, verified_hash: str, now: datetime
) -> SignIn:
    """Start a new token family.

    Raises `WrongCredentials` when the password has changed since it was verified, and
    `NotVerified`, which only a caller with the right password can see.
    """
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None or customer.password_hash != verified_hash:
        raise WrongCredentials
    if customer.verified_at is None:
        raise NotVerified
    return SignIn(customer, _new_refresh_token(session, customer.id, new_id(), now))


def refresh(session: Session, *, token: str, now: datetime) -> SignIn | None:
    """Exchange the token for the next one of its family; `None` if it is no longer valid.

    A token that is used a second time has been stolen, by the first user or by the second: the
    whole family is revoked. That must be committed, so it is a result and not an exception.
    """
    customer = repository.lock_token_owner(session, _hash_token(token))
    row = repository.find_refresh_token(session, _hash_token(token))
    if customer is None or row is None:
        return None
    if row.used_at is not None:
        repository.revoke_token_family(session, row.family_id)
        return None
    if row.revoked_at is not None or row.expires_at <= now:
        return None
    row.used_at = now
    return SignIn(
        customer, _new_refresh_token(session, customer.id, row.family_id, now)
    )


def require_sign_in(sign_in: SignIn | None) -> SignIn:
    """Raises `BadRefreshToken`. Call it after `refresh` has been committed."""
    if sign_in is None:
        raise BadRefreshToken
    return sign_in


def log_out(session: Session, *, token: str) -> None:
    """Revoke the family that the token belongs to; an unknown token is ignored."""
    repository.lock_token_owner(session, _hash_token(token))
    row = repository.find_refresh_token(session, _hash_token(token))
    if row is not None:
        repository.revoke_token_family(session, row.family_id)


def _new_refresh_token(
    session: Session, customer_id: UUID, family_id: UUID, now: datetime
) -> str:
    token = secrets.token_urlsafe(32)
    repository.insert_refresh_token(
        session,
        customer_id=customer_id,
        family_id=family_id,
        token_hash=_hash_token(token),
        expires_at=now + REFRESH_LIFETIME,
    )
    return token


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
