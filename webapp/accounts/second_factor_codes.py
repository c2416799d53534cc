"""Codes of second factors: six digits of an authenticator app (TOTP, RFC 6238), or a recovery code.

Accepting a code uses it up, and requires the lock on the customer's row, so that none is accepted
twice.
"""

import hmac
import re
import secrets
from base64 import b32encode
from datetime import datetime
from uuid import UUID

import pyotp
import structlog
from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import (
    CodeNotExpected,
    SecondFactorRequired,
    WrongSecondFactor,
)
from webapp.accounts.models import Customer, SecondFactor
from webapp.kit.encryption import NotDecrypted, SecretCipher
from webapp.kit.hashing import hash_token

log = structlog.get_logger()

MAX_DRIFT_STEPS = 1
"""A clock may be this many steps of 30 s ahead or behind."""
RECOVERY_CODES = 10
RECOVERY_CODE_BYTES = 10
"""80 bits: no guess, and no search through all hashes, finds one."""


def build_cipher(secret: str) -> SecretCipher:
    return SecretCipher(secret, purpose="secrets of second factors")


def is_app_code(code: str) -> bool:
    """Whether it has the form of an app's code; everything else is tried as a recovery code."""
    return re.fullmatch("[0-9]{6}", _strip_separators(code)) is not None


def find_confirmed_factor(session: Session, customer_id: UUID) -> SecondFactor | None:
    factor = repository.find_second_factor(session, customer_id)
    return None if factor is None or factor.confirmed_at is None else factor


def require_second_factor(
    session: Session,
    *,
    customer: Customer,
    code: str | None,
    cipher: SecretCipher | None,
    now: datetime,
) -> bool:
    """Check the code of a sign-in and use it up; returns whether the account has a second factor.

    Requires the lock on the customer's row. Raises `SecondFactorRequired`, `WrongSecondFactor`,
    and `CodeNotExpected`.
    """
    factor = find_confirmed_factor(session, customer.id)
    if factor is None:
        if code is not None:
            raise CodeNotExpected
        return False
    if code is None or cipher is None:
        raise SecondFactorRequired
    if not accept_code(session, factor, code, cipher=cipher, now=now):
        raise WrongSecondFactor
    return True


def accept_code(
    session: Session,
    factor: SecondFactor,
    code: str,
    *,
    cipher: SecretCipher,
    now: datetime,
) -> bool:
    """Whether the code is valid; a valid one is used up."""
    if is_app_code(code):
        return accept_app_code(factor, code, cipher=cipher, now=now)
    return repository.delete_recovery_code(
        session,
        customer_id=factor.customer_id,
        code_hash=_hash_recovery_code(factor.customer_id, code),
    )


def accept_app_code(
    factor: SecondFactor, code: str, *, cipher: SecretCipher, now: datetime
) -> bool:
    """Whether it is the code of this or a neighboring step, later than the last one accepted."""
    if not is_app_code(code):
        return False
    try:
        secret = cipher.decrypt(factor.encrypted_secret, owner_id=factor.customer_id)
    except NotDecrypted:
        log.exception(
            "second factor cannot be decrypted: JWT_SECRET is not that of its enrollment",
            customer_id=str(factor.customer_id),
        )
        return False
    app = pyotp.TOTP(secret)
    current = app.timecode(now)
    typed = _strip_separators(code)
    steps = [
        step
        for step in range(current - MAX_DRIFT_STEPS, current + MAX_DRIFT_STEPS + 1)
        if hmac.compare_digest(app.generate_otp(step), typed)
        and step > (factor.last_step or 0)
    ]
    if steps:
        factor.last_step = max(steps)
    return bool(steps)


def replace_recovery_codes(session: Session, customer_id: UUID) -> list[str]:
    """Generate the codes and store their hashes; earlier ones stop working."""
    codes = [_generate_recovery_code() for _ in range(RECOVERY_CODES)]
    repository.replace_recovery_codes(
        session,
        customer_id=customer_id,
        code_hashes=[_hash_recovery_code(customer_id, code) for code in codes],
    )
    return codes


def _generate_recovery_code() -> str:
    """Four groups of four characters of base32, which has no 0, 1, 8 and 9."""
    text = b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _hash_recovery_code(customer_id: UUID, code: str) -> str:
    return hash_token(f"{customer_id}:{_strip_separators(code).lower()}")


def _strip_separators(code: str) -> str:
    return re.sub(r"[\s-]", "", code)
