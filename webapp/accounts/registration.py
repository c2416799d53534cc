"""Registration of an account and verification of its e-mail address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.codes import CodePurpose, redeem_code
from webapp.accounts.service import normalize_email
from webapp.db.outbox import enqueue
from webapp.kit.ids import new_id


def register(session: Session, *, email: str, password_hash: str, name: str) -> UUID:
    """Create an unverified account, enqueue the mail with its code and return its id.

    For an address that is taken, the answer costs the same and looks the same: the id belongs
    to no account, and the owner is notified by mail. This holds for an unverified account,
    too: the first and the second person to register may differ, and only a password reset by
    mail shows who owns the address.
    """
    address = normalize_email(email)
    inserted_id = repository.insert_customer(
        session,
        email=address,
        name=name,
        password_hash=password_hash,
        groups=[],
    )
    customer_id = inserted_id or new_id()
    enqueue(
        session, "accounts.answer_registration", email=address, customer_id=customer_id
    )
    return customer_id


def resend_code(session: Session, *, email: str) -> None:
    """Enqueue the mail with a new code; the job, not the request, looks the account up."""
    enqueue(
        session,
        "accounts.mail_code",
        email=normalize_email(email),
        purpose=CodePurpose.VERIFY_EMAIL,
    )


def verify_email(session: Session, *, email: str, code: str, now: datetime) -> bool:
    """Mark the address verified if the code is valid; returns whether it was.

    Every attempt counts: the caller commits in both cases.
    """
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None:
        return False
    is_valid = redeem_code(
        session,
        customer_id=customer.id,
        purpose=CodePurpose.VERIFY_EMAIL,
        code=code,
        now=now,
    )
    if is_valid:
        customer.verified_at = customer.verified_at or now
    return is_valid
