"""Six digits by mail: they show that whoever types them reads the mail of the address."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.errors import WrongCode

CODE_LIFETIME = timedelta(minutes=30)
MAX_CODE_ATTEMPTS = 5


class CodePurpose(StrEnum):
    """What a code is good for; it opens nothing else."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105


def issue_code(
    session: Session, *, customer_id: UUID, purpose: CodePurpose, now: datetime
) -> str:
    """Kept as a hash; an older code of the purpose stops working."""
    code = f"{secrets.randbelow(1_000_000):06}"
    repository.upsert_code(
        session,
        customer_id=customer_id,
        purpose=purpose,
        code_hash=_hash(customer_id, code),
        expires_at=now + CODE_LIFETIME,
    )
    return code


def redeem_code(
    session: Session,
    *,
    customer_id: UUID,
    purpose: CodePurpose,
    code: str,
    now: datetime,
) -> bool:
    """Whether the code was right; it is used up then. Every attempt counts, so let it
    commit."""
    kept = repository.increment_attempts(
        session, customer_id=customer_id, purpose=purpose
    )
    good = (
        kept is not None
        and kept.attempts <= MAX_CODE_ATTEMPTS
        and kept.expires_at > now
        and hmac.compare_digest(kept.code_hash, _hash(customer_id, code))
    )
    if good:
        repository.delete_code(session, customer_id=customer_id, purpose=purpose)
    return good


def require_valid_code(*, is_valid: bool) -> None:
    """To be called once the attempt is committed. Raises `WrongCode`."""
    if not is_valid:
        raise WrongCode


def _hash(customer_id: UUID, code: str) -> str:
    return hashlib.sha256(f"{customer_id}:{code}".encode()).hexdigest()
