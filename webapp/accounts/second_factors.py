"""Second factors: enrolled by their owner, and removed by them or by the operator.

An account has a second factor once its owner has confirmed it with a code: until then it can be
enrolled anew, and nothing asks for it. From then on, all sign-ins have passed it: the others are
ended when it is confirmed, and access tokens are revoked when it is removed.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import (
    AccountGone,
    AccountNotFound,
    NoSecondFactor,
    SecondFactorCodeRejected,
    SecondFactorExists,
    SecondFactorOfPool,
)
from webapp.accounts.models import Customer
from webapp.accounts.second_factor_codes import (
    accept_app_code,
    accept_code,
    find_confirmed_factor,
    replace_recovery_codes,
)
from webapp.accounts.service import normalize_email
from webapp.accounts.sign_in import (
    SignIn,
    end_all_sign_ins,
    revoke_access_tokens,
    start_sign_in,
)
from webapp.db.outbox import enqueue
from webapp.kit.encryption import SecretCipher


@dataclass(frozen=True)
class SecondFactorStatus:
    is_enabled: bool
    recovery_codes_left: int


def find_status(session: Session, *, customer_id: UUID) -> SecondFactorStatus:
    return SecondFactorStatus(
        is_enabled=find_confirmed_factor(session, customer_id) is not None,
        recovery_codes_left=repository.count_recovery_codes(session, customer_id),
    )


def list_ids_with_factor(session: Session) -> set[UUID]:
    """Of the accounts that have a second factor."""
    return set(repository.list_ids_with_second_factor(session))


def start_enrollment(
    session: Session, *, customer_id: UUID, cipher: SecretCipher
) -> str:
    """Store a new secret and return it (base32), to be confirmed.

    Raises `AccountGone`, `SecondFactorExists`, and `SecondFactorOfPool` for a member of a user
    pool.
    """
    customer = _lock_customer(session, customer_id)
    if customer.password_hash is None:
        raise SecondFactorOfPool
    if find_confirmed_factor(session, customer_id) is not None:
        raise SecondFactorExists
    secret = pyotp.random_base32()
    repository.upsert_second_factor(
        session,
        customer_id=customer_id,
        encrypted_secret=cipher.encrypt(secret, owner_id=customer_id),
    )
    return secret


def build_otpauth_uri(secret: str, *, account: str, issuer: str) -> str:
    """What an authenticator app reads, usually from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


@dataclass(frozen=True)
class Enrolled:
    signed_in: SignIn
    recovery_codes: list[str]
    """Shown once and stored as hashes."""


def confirm_enrollment(
    session: Session,
    *,
    customer_id: UUID,
    code: str,
    cipher: SecretCipher,
    now: datetime,
) -> Enrolled:
    """From now on, signing in needs a code. All sign-ins end, as they had none; the one that is
    returned takes the place of the caller's.

    Raises `AccountGone`, `NoSecondFactor`, `SecondFactorExists` and `SecondFactorCodeRejected`.
    """
    customer = _lock_customer(session, customer_id)
    factor = repository.find_second_factor(session, customer_id)
    if factor is None:
        raise NoSecondFactor
    if factor.confirmed_at is not None:
        raise SecondFactorExists
    if not accept_app_code(factor, code, cipher=cipher, now=now):
        raise SecondFactorCodeRejected
    factor.confirmed_at = now
    end_all_sign_ins(session, customer=customer, now=now)
    recovery_codes = replace_recovery_codes(session, customer_id)
    _enqueue_notice(session, customer, is_enabled=True)
    signed_in = start_sign_in(
        session, customer=customer, has_second_factor=True, now=now
    )
    return Enrolled(signed_in, recovery_codes)


def renew_recovery_codes(
    session: Session,
    *,
    customer_id: UUID,
    code: str,
    cipher: SecretCipher,
    now: datetime,
) -> list[str]:
    """Replace the recovery codes. Raises `AccountGone`, `NoSecondFactor` and
    `SecondFactorCodeRejected`."""
    _require_code(session, customer_id, code, cipher=cipher, now=now)
    return replace_recovery_codes(session, customer_id)


def disable_second_factor(
    session: Session,
    *,
    customer_id: UUID,
    code: str,
    cipher: SecretCipher,
    now: datetime,
) -> None:
    """Raises `AccountGone`, `NoSecondFactor` and `SecondFactorCodeRejected`."""
    customer = _require_code(session, customer_id, code, cipher=cipher, now=now)
    repository.delete_second_factor(session, customer_id)
    revoke_access_tokens(customer, now=now)
    _enqueue_notice(session, customer, is_enabled=False)


def remove_lost_factor(session: Session, *, email: str, now: datetime) -> bool:
    """Remove the second factor of someone who lost it, as the operator, and end all sign-ins;
    returns whether there was one. Raises `AccountNotFound`."""
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None:
        raise AccountNotFound(email)
    was_enabled = find_confirmed_factor(session, customer.id) is not None
    repository.delete_second_factor(session, customer.id)
    end_all_sign_ins(session, customer=customer, now=now)
    if was_enabled:
        _enqueue_notice(session, customer, is_enabled=False)
    return was_enabled


def _enqueue_notice(session: Session, customer: Customer, *, is_enabled: bool) -> None:
    """Enqueue the mail that notifies the owner, who may not have done it."""
    if customer.email is not None:
        enqueue(
            session,
            "accounts.mail_second_factor_notice",
            email=customer.email,
            change="added" if is_enabled else "removed",
        )


def _require_code(
    session: Session,
    customer_id: UUID,
    code: str,
    *,
    cipher: SecretCipher,
    now: datetime,
) -> Customer:
    """Use a code up, and return its owner with the row locked."""
    customer = _lock_customer(session, customer_id)
    factor = find_confirmed_factor(session, customer_id)
    if factor is None:
        raise NoSecondFactor
    if not accept_code(session, factor, code, cipher=cipher, now=now):
        raise SecondFactorCodeRejected
    return customer


def _lock_customer(session: Session, customer_id: UUID) -> Customer:
    customer = repository.lock_customer(session, customer_id)
    if customer is None or customer.deleted_at is not None:
        raise AccountGone
    return customer
