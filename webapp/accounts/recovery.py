"""A forgotten password: a code by mail, and a new password for it."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.codes import CodePurpose, redeem_code
from webapp.accounts.service import normalize_email
from webapp.db.outbox import enqueue


def request_password_reset(session: Session, *, email: str) -> None:
    """Promise a code, whoever has the address: the job looks whether anybody does."""
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
    """Whether the code was right and the password is the new one.

    All sign-ins end, as somebody else may know the old password; the access tokens they
    hold run out within the hour (see `sign_in`). Whoever has the code reads the mail of the
    address, which is thereby proved. Every attempt counts, so let it commit.
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
