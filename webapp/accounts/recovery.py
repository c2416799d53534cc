"""Password reset: a code is mailed, and exchanged for a new password."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.codes import CodePurpose, redeem_code
from webapp.accounts.service import normalize_email
from webapp.db.outbox import enqueue


def request_password_reset(session: Session, *, email: str) -> None:
    """Enqueue the mail with a code; the job, not the request, looks the account up."""
    enqueue(
        session,
        "accounts.mail_code",
        email=normalize_email(email),
        purpose=CodePurpose.RESET_PASSWORD,
    )


def reset_password(
    session: Session,
    *,
    email: str,
    code: str,
    password_hash: str,
    now: datetime,
) -> bool:
    """Set the new password if the code is valid; returns whether it was.

    All sign-ins end, as another person may know the old password; their access tokens expire
    within the hour (see `sign_in`). The code also verifies the address, as it was mailed there.
    Every attempt counts: the caller commits in both cases.
    """
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None or not redeem_code(
        session,
        customer_id=customer.id,
        purpose=CodePurpose.RESET_PASSWORD,
        code=code,
        now=now,
    ):
        return False
    customer.password_hash = password_hash
    customer.verified_at = customer.verified_at or now
    repository.revoke_all_tokens(session, customer.id)
    return True
