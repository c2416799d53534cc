"""Opening an account, and proving that its e-mail address is one's own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.codes import CodePurpose, redeem_code
from webapp.accounts.service import normalize_email
from webapp.db.outbox import enqueue
from webapp.kit.ids import new_id


def register(session: Session, *, email: str, password_hash: str, name: str) -> UUID:
    """A new account that waits for its code.

    For an address that is taken, the answer costs the same and looks the same, its id is
    nobody's, and the owner is told by mail. That holds before the address is proved, too:
    whoever registers again and whoever was first may be different people, and only a new
    password by mail tells who reads it.
    """
    address = normalize_email(email)
    made = repository.insert_customer(
        session,
        email=address,
        name=name,
        password_hash=password_hash,
        groups=[],
    )
    customer_id = made or new_id()
    enqueue(
        session, "accounts.answer_registration", email=address, customer_id=customer_id
    )
    return customer_id


def resend_code(session: Session, *, email: str) -> None:
    """Promise a new code, whoever has the address: the job looks whether anybody waits."""
    enqueue(
        session,
        "accounts.mail_code",
        email=normalize_email(email),
        purpose=CodePurpose.VERIFY_EMAIL,
    )


def verify_email(session: Session, *, email: str, code: str, now: datetime) -> bool:
    """Whether the code proved the address. Every attempt counts, so let it commit."""
    customer = repository.lock_by_email(session, normalize_email(email))
    if customer is None:
        return False
    proved = redeem_code(
        session,
        customer_id=customer.id,
        purpose=CodePurpose.VERIFY_EMAIL,
        code=code,
        now=now,
    )
    if proved:
        customer.verified_at = customer.verified_at or now
    return proved
