"""Six-digit codes sent by mail; entering one proves access to the mailbox."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import WrongCode
from webapp.accounts.models import VerificationCode

CODE_LIFETIME = timedelta(minutes=30)
MAX_CODE_ATTEMPTS = 5


class CodePurpose(StrEnum):
    """What is mailed for: a code to verify an address, a link to choose a new password."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105


def issue_code(
    session: Session, *, customer_id: UUID, purpose: CodePurpose, now: datetime
) -> str:
    """Issue a code and store its hash; an older code for the purpose stops working."""
    code = generate_code()
    store_code(session, customer_id=customer_id, purpose=purpose, code=code, now=now)
    return code


def generate_code() -> str:
    return f"{secrets.randbelow(1_000_000):06}"


def store_code(
    session: Session,
    *,
    customer_id: UUID,
    purpose: CodePurpose,
    code: str,
    now: datetime,
) -> None:
    """Store the hash of a code, in place of an older one for the purpose."""
    repository.upsert_code(
        session,
        customer_id=customer_id,
        purpose=purpose,
        code_hash=_hash_code(customer_id, code),
        expires_at=now + CODE_LIFETIME,
    )


def is_current_code(row: VerificationCode, *, code: str, now: datetime) -> bool:
    """Whether `redeem_code` would accept the code; this is no attempt."""
    return (
        row.attempts < MAX_CODE_ATTEMPTS
        and row.expires_at > now
        and hmac.compare_digest(row.code_hash, _hash_code(row.customer_id, code))
    )


def redeem_code(
    session: Session,
    *,
    customer_id: UUID,
    purpose: CodePurpose,
    code: str,
    now: datetime,
) -> bool:
    """Whether the code is valid; a valid code is deleted. Every attempt counts: the caller
    commits in both cases."""
    row = repository.increment_attempts(
        session, customer_id=customer_id, purpose=purpose
    )
    is_valid = (
        row is not None
        and row.attempts <= MAX_CODE_ATTEMPTS
        and row.expires_at > now
        and hmac.compare_digest(row.code_hash, _hash_code(customer_id, code))
    )
    if is_valid:
        repository.delete_code(session, customer_id=customer_id, purpose=purpose)
    return is_valid


def require_valid_code(*, is_valid: bool) -> None:
    """Raises `WrongCode`. Call it after the attempt has been committed."""
    if not is_valid:
        raise WrongCode


def _hash_code(customer_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{customer_id}:{code}".encode()).hexdigest()
