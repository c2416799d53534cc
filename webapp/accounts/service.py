"""Accounts: registering, proving an e-mail address, signing in and staying signed in."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import (
    BadRefreshToken,
    EmailTaken,
    NotVerified,
    WrongCode,
    WrongCredentials,
)
from webapp.accounts.models import Customer
from webapp.accounts.passwords import Passwords, check_policy
from webapp.db.outbox import promise
from webapp.kit.errors import Unauthenticated
from webapp.kit.ids import new_id

CODE_LIFETIME = timedelta(minutes=30)
CODE_ATTEMPTS = 5
REFRESH_LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class SignIn:
    """Who has signed in, with the refresh token that is shown once and kept as a hash."""

    customer: Customer
    refresh_token: str


def normal_email(email: str) -> str:
    return email.strip().lower()


def register(
    session: Session, *, email: str, password: str, name: str, passwords: Passwords
) -> UUID:
    """A new account that waits for its code. Raises `WeakPassword` and `EmailTaken`."""
    check_policy(password)
    customer_id = repository.add_customer(
        session,
        email=normal_email(email),
        name=name.strip(),
        password_hash=passwords.hash(password),
        groups=[],
    )
    if customer_id is None:
        raise EmailTaken("An account with this e-mail address exists already")
    promise(session, "accounts.mail_code", customer_id=customer_id)
    return customer_id


def create_verified(
    session: Session,
    *,
    email: str,
    password: str,
    name: str,
    groups: list[str],
    passwords: Passwords,
    now: datetime,
) -> Customer:
    """An account made by the shop itself (an admin, the demo's). Raises `EmailTaken`."""
    check_policy(password)
    customer_id = repository.add_customer(
        session,
        email=normal_email(email),
        name=name,
        password_hash=passwords.hash(password),
        groups=groups,
    )
    if customer_id is None:
        raise EmailTaken("An account with this e-mail address exists already")
    customer = require_customer(session, customer_id=customer_id)
    customer.verified_at = now
    return customer


def resend_code(session: Session, *, email: str) -> None:
    """Promise a new code; says nothing about whether the address is known."""
    customer = repository.find_by_email(session, normal_email(email))
    if customer is not None and customer.verified_at is None:
        promise(session, "accounts.mail_code", customer_id=customer.id)


def new_code(session: Session, *, customer_id: UUID, now: datetime) -> str:
    """Six digits, kept as a hash; an older code stops working."""
    code = f"{secrets.randbelow(1_000_000):06}"
    repository.put_code(
        session,
        customer_id=customer_id,
        code_hash=_hash_code(customer_id, code),
        expires_at=now + CODE_LIFETIME,
    )
    return code


def verify(session: Session, *, email: str, code: str, now: datetime) -> bool:
    """Whether the code proved the address. Every attempt counts, so let it commit."""
    customer = repository.find_by_email(session, normal_email(email))
    if customer is None:
        return False
    kept = repository.count_attempt(session, customer.id)
    good = (
        kept is not None
        and kept.attempts <= CODE_ATTEMPTS
        and kept.expires_at > now
        and hmac.compare_digest(kept.code_hash, _hash_code(customer.id, code))
    )
    if good:
        repository.drop_code(session, customer.id)
        customer.verified_at = customer.verified_at or now
    return good


def require_right_code(*, proved: bool) -> None:
    if not proved:
        raise WrongCode


def _hash_code(customer_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{customer_id}:{code}".encode()).hexdigest()


def log_in(
    session: Session, *, email: str, password: str, passwords: Passwords, now: datetime
) -> SignIn:
    """Raises `WrongCredentials`, and `NotVerified` to who knows the password."""
    customer = repository.find_by_email(session, normal_email(email))
    if customer is None:
        passwords.waste_time(password)
        raise WrongCredentials
    if not passwords.verify(password, customer.password_hash):
        raise WrongCredentials
    if customer.verified_at is None:
        raise NotVerified
    return SignIn(customer, _new_refresh_token(session, customer.id, new_id(), now))


def refresh(session: Session, *, token: str, now: datetime) -> SignIn | None:
    """The next link of the chain. `None` for a token that is not good any more.

    A token used a second time was stolen or its thief was first: the whole chain ends.
    That must commit, so it is a result and not an exception.
    """
    row = repository.lock_refresh_token(session, _hash_token(token))
    if row is None:
        return None
    if row.used_at is not None:
        repository.revoke_family(session, row.family_id)
        return None
    if row.revoked_at is not None or row.expires_at <= now:
        return None
    row.used_at = now
    customer = require_customer(session, customer_id=row.customer_id)
    return SignIn(
        customer, _new_refresh_token(session, customer.id, row.family_id, now)
    )


def require_sign_in(sign_in: SignIn | None) -> SignIn:
    if sign_in is None:
        raise BadRefreshToken
    return sign_in


def log_out(session: Session, *, token: str) -> None:
    """End the chain the token belongs to; an unknown token is already out."""
    row = repository.lock_refresh_token(session, _hash_token(token))
    if row is not None:
        repository.revoke_family(session, row.family_id)


def _new_refresh_token(
    session: Session, customer_id: UUID, family_id: UUID, now: datetime
) -> str:
    token = secrets.token_urlsafe(32)
    repository.add_refresh_token(
        session,
        customer_id=customer_id,
        family_id=family_id,
        token_hash=_hash_token(token),
        expires_at=now + REFRESH_LIFETIME,
    )
    return token


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def require_customer(session: Session, *, customer_id: UUID) -> Customer:
    """Raises `Unauthenticated`: a token whose account is gone."""
    customer = repository.find(session, customer_id)
    if customer is None:
        raise Unauthenticated("The account of this token does not exist any more")
    return customer


def forget_expired_tokens(session: Session) -> int:
    """Returns how many refresh tokens were deleted."""
    return repository.forget_expired_tokens(session)
