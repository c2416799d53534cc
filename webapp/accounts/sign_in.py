"""Signing in and staying signed in.

A sign-in is a chain of refresh tokens, each good for one exchange. An access token is not
looked up when it is used, so it outlives the chain it came from, for an hour at most:
logging out, a new password and a withdrawn group end what can be refreshed, not what was
handed out. (A deleted account is refused at once, see `gate`.)

Whoever adds to or ends a customer's chains holds the customer's row. Otherwise an exchange
that runs beside a new password would leave the thief one link that nobody has ended.
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
    """Who has signed in, with the refresh token that is shown once and kept as a hash."""

    customer: Customer
    refresh_token: str


def find_password_hash(session: Session, *, email: str) -> str | None:
    """For `prove`; `None` where there is no such account, or no password of it here."""
    customer = repository.find_by_email(session, normalize_email(email))
    return None if customer is None else customer.password_hash


def verify_credentials(
    password: str, kept: str | None, *, passwords: BoundedPasswordHasher
) -> str:
    """The hash that the password has been shown to have, for `log_in`.

    It takes its time: to be called while no transaction is open. Raises
    `WrongCredentials`.
    """
    if not passwords.verify(password, kept) or kept is None:
        raise WrongCredentials
    return kept


def log_in(
    session: Session, *, email: str, verified_hash: str, now: datetime
) -> SignIn:
    """Raises `WrongCredentials` when the password has changed since it was proved, and
    `NotVerified` to who knows it."""
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None or customer.password_hash != verified_hash:
        raise WrongCredentials
    if customer.verified_at is None:
        raise NotVerified
    return SignIn(customer, _new_refresh_token(session, customer.id, new_id(), now))


def refresh(session: Session, *, token: str, now: datetime) -> SignIn | None:
    """The next link of the chain. `None` for a token that is not good any more.

    A token used a second time was stolen or its thief was first: the whole chain ends.
    That must commit, so it is a result and not an exception.
    """
    customer = repository.lock_token_owner(session, _hash(token))
    row = repository.find_refresh_token(session, _hash(token))
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
    """To be called once `refresh` is committed. Raises `BadRefreshToken`."""
    if sign_in is None:
        raise BadRefreshToken
    return sign_in


def log_out(session: Session, *, token: str) -> None:
    """End the chain the token belongs to; an unknown token is already out."""
    customer = repository.lock_token_owner(session, _hash(token))
    row = repository.find_refresh_token(session, _hash(token))
    if customer is not None and row is not None:
        repository.revoke_token_family(session, row.family_id)


def _new_refresh_token(
    session: Session, customer_id: UUID, family_id: UUID, now: datetime
) -> str:
    token = secrets.token_urlsafe(32)
    repository.insert_refresh_token(
        session,
        customer_id=customer_id,
        family_id=family_id,
        token_hash=_hash(token),
        expires_at=now + REFRESH_LIFETIME,
    )
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
