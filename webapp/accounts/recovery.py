"""A forgotten password: a code by mail, and a new password for it."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.codes import Purpose, spend_code
from webapp.accounts.passwords import check_policy
from webapp.accounts.service import normal_email
from webapp.db.outbox import promise
from webapp.kit.hashing import Passwords


def forgot_password(session: Session, *, email: str) -> None:
    """Promise a code; says nothing about whether the address is known.

    An account whose password a user pool keeps has none to reset here.
    """
    customer = repository.find_by_email(session, normal_email(email))
    if customer is not None and customer.password_hash is not None:
        promise(
            session,
            "accounts.mail_code",
            customer_id=customer.id,
            purpose=Purpose.RESET_PASSWORD,
        )


def reset_password(
    session: Session,
    *,
    email: str,
    code: str,
    password: str,
    passwords: Passwords,
    now: datetime,
) -> bool:
    """Whether the code was right and the password is the new one.

    All sign-ins end, as somebody else may know the old password; the access tokens they
    hold run out within the hour (see `sign_in`). Whoever has the code reads the mail of the
    address, which is thereby proved. Raises `WeakPassword` before the code is looked at.
    Every attempt counts, so let it commit.
    """
    check_policy(password)
    customer = repository.lock_by_email(session, normal_email(email))
    if customer is None or not spend_code(
        session,
        customer_id=customer.id,
        purpose=Purpose.RESET_PASSWORD,
        code=code,
        now=now,
    ):
        return False
    customer.password_hash = passwords.hash(password)
    customer.verified_at = customer.verified_at or now
    repository.revoke_all(session, customer.id)
    return True
