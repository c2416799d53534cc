"""Sign-in, refresh-token rotation and sign-out.

A sign-in is a family of refresh tokens, each valid for one exchange; the family's id tells when it
began. An access token is not
looked up when it is used, so it outlives the log-out of one device by an hour at most. A new
password, the log-out of all devices and the loss of a group increase the account's token
version, and `account_status` rejects older tokens within a second.

Adding to a customer's families or revoking them requires the lock on the customer's row.
Otherwise an exchange that runs concurrently with a password reset would leave a thief one
refresh token that is not revoked.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import BadRefreshToken, NotVerified, WrongCredentials
from webapp.accounts.models import Customer
from webapp.accounts.second_factor_codes import (
    find_confirmed_factor,
    require_second_factor,
)
from webapp.accounts.service import normalize_email
from webapp.kit.clock import to_unix_ms
from webapp.kit.encryption import SecretCipher
from webapp.kit.hashing import BoundedPasswordHasher, hash_token
from webapp.kit.ids import id_at, read_id_time

REFRESH_LIFETIME = timedelta(days=30)
MAX_SIGN_IN_LIFETIME = timedelta(days=90)
"""However often its tokens are exchanged."""


@dataclass(frozen=True)
class SignIn:
    """The signed-in customer, with the refresh token that is shown once and stored as a hash."""

    customer: Customer
    refresh_token: str
    has_second_factor: bool = False
    """Whether the account has one: then every sign-in has passed it."""


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
    session: Session,
    *,
    email: str,
    verified_hash: str,
    now: datetime,
    code: str | None = None,
    cipher: SecretCipher | None = None,
) -> SignIn:
    """Start a new token family. `code` is of the second factor, and `cipher` that of its secret.

    Raises `WrongCredentials` when the password has changed since it was verified, and what only a
    caller with the right password can see: `NotVerified`, `SecondFactorRequired`,
    `WrongSecondFactor` and `CodeNotExpected`.
    """
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None or customer.password_hash != verified_hash:
        raise WrongCredentials
    if customer.verified_at is None:
        raise NotVerified
    has_second_factor = require_second_factor(
        session, customer=customer, code=code, cipher=cipher, now=now
    )
    return start_sign_in(
        session, customer=customer, has_second_factor=has_second_factor, now=now
    )


def start_sign_in(
    session: Session, *, customer: Customer, has_second_factor: bool, now: datetime
) -> SignIn:
    """Start a token family. Requires the lock on the customer's row, and all proofs."""
    family_id = id_at(to_unix_ms(now), secrets.randbits(80))
    token = _new_refresh_token(session, customer.id, family_id, now)
    return SignIn(customer, token, has_second_factor)


def refresh(session: Session, *, token: str, now: datetime) -> SignIn | None:
    """Exchange the token for the next one of its family; `None` if it is no longer valid.

    A token that is used a second time has been stolen, by the first user or by the second: the
    whole family is revoked. That must be committed, so it is a result and not an exception.
    """
    customer = repository.lock_token_owner(session, hash_token(token))
    row = repository.find_refresh_token(session, hash_token(token))
    if customer is None or row is None:
        return None
    if row.used_at is not None:
        repository.revoke_token_family(session, row.family_id)
        return None
    if row.revoked_at is not None or row.expires_at <= now:
        return None
    row.used_at = now
    return SignIn(
        customer,
        _new_refresh_token(session, customer.id, row.family_id, now),
        find_confirmed_factor(session, customer.id) is not None,
    )


def require_sign_in(sign_in: SignIn | None) -> SignIn:
    """Raises `BadRefreshToken`. Call it after `refresh` has been committed."""
    if sign_in is None:
        raise BadRefreshToken
    return sign_in


def log_out(session: Session, *, token: str) -> None:
    """Revoke the family that the token belongs to; an unknown token is ignored."""
    repository.lock_token_owner(session, hash_token(token))
    row = repository.find_refresh_token(session, hash_token(token))
    if row is not None:
        repository.revoke_token_family(session, row.family_id)


def log_out_everywhere(session: Session, *, token: str, now: datetime) -> None:
    """End all sign-ins of the customer whose valid refresh token this is; a token that is no
    longer valid is treated as by `log_out`."""
    customer = repository.lock_token_owner(session, hash_token(token))
    row = repository.find_refresh_token(session, hash_token(token))
    if customer is None or row is None:
        return
    if row.revoked_at is None and row.expires_at > now:
        end_all_sign_ins(session, customer=customer, now=now)
    repository.revoke_token_family(session, row.family_id)


def end_all_sign_ins(session: Session, *, customer: Customer, now: datetime) -> None:
    """Revoke refresh tokens and access tokens, and forget the devices. Requires the lock on the
    customer's row."""
    repository.revoke_all_tokens(session, customer.id)
    repository.delete_devices(session, customer.id)
    revoke_access_tokens(customer, now=now)


def revoke_access_tokens(customer: Customer, *, now: datetime) -> None:
    """Refreshing gives new ones, with the groups of now. Requires the lock on the customer's
    row."""
    customer.token_version += 1
    customer.tokens_revoked_at = now


def _new_refresh_token(
    session: Session, customer_id: UUID, family_id: UUID, now: datetime
) -> str:
    token = secrets.token_urlsafe(32)
    signed_in_at = read_id_time(family_id)
    repository.insert_refresh_token(
        session,
        customer_id=customer_id,
        family_id=family_id,
        token_hash=hash_token(token),
        expires_at=min(now + REFRESH_LIFETIME, signed_in_at + MAX_SIGN_IN_LIFETIME),
    )
    return token
