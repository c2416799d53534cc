"""Registration of an account and verification of its e-mail address.

Anyone can register anyone's address. So each registration is an unverified account of its own,
until the first is verified: with the mailed code, which proves access to the mailbox, and with
the password or the secret of that registration, which proves that the same person opened it.
A code alone verifies nothing: its reader would verify the account of whoever registered the
address with a password of their own. The others with the address are then deleted.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.codes import CodePurpose, is_current_code, redeem_code
from webapp.accounts.service import claim_email, normalize_email
from webapp.db.outbox import enqueue
from webapp.kit.hashing import hash_token
from webapp.kit.ids import new_id


@dataclass(frozen=True)
class Registered:
    customer_id: UUID
    secret: str
    """Shown once and stored as a hash."""


def register(
    session: Session, *, email: str, password_hash: str, name: str
) -> Registered:
    """Create an unverified account and enqueue the mail with its code.

    For an address that is taken, the answer costs the same and looks the same: id and secret
    belong to no account, and the owner is notified by mail.
    """
    address = normalize_email(email)
    registered = Registered(new_id(), secrets.token_urlsafe(32))
    repository.insert_registration(
        session,
        customer_id=registered.customer_id,
        email=address,
        name=name,
        password_hash=password_hash,
        secret_hash=hash_token(registered.secret),
    )
    enqueue(
        session,
        "accounts.answer_registration",
        email=address,
        customer_id=registered.customer_id,
    )
    return registered


def resend_code(session: Session, *, email: str) -> None:
    """Enqueue the mail with a new code; the job, not the request, looks the account up."""
    enqueue(
        session,
        "accounts.mail_code",
        email=normalize_email(email),
        purpose=CodePurpose.VERIFY_EMAIL,
    )


def list_unverified_ids(session: Session, *, email: str) -> list[UUID]:
    """Accounts that wait for the address to be verified; none once one of them is."""
    return [
        customer.id
        for customer in repository.list_unverified_by_email(
            session, normalize_email(email)
        )
    ]


@dataclass(frozen=True)
class PendingRegistration:
    """A registration that the code was mailed for."""

    customer_id: UUID
    password_hash: str | None


def find_by_code(
    session: Session, *, email: str, code: str, now: datetime
) -> PendingRegistration | None:
    """The registration that the code belongs to, whose password is to be checked next.

    No attempt is counted on any code: a stranger's attempts must not end the owner's.
    """
    rows = repository.list_unverified_codes(
        session, email=normalize_email(email), purpose=CodePurpose.VERIFY_EMAIL
    )
    return next(
        (
            PendingRegistration(customer.id, customer.password_hash)
            for customer, row in rows
            if is_current_code(row, code=code, now=now)
        ),
        None,
    )


def find_by_secret(session: Session, *, email: str, secret: str) -> UUID | None:
    """Id of the account that this secret was returned for."""
    secret_hash = hash_token(secret)
    return next(
        (
            customer.id
            for customer in repository.list_unverified_by_email(
                session, normalize_email(email)
            )
            if hmac.compare_digest(customer.registration_secret_hash or "", secret_hash)
        ),
        None,
    )


def verify_email(
    session: Session, *, customer_id: UUID | None, code: str, now: datetime
) -> bool:
    """Mark the address of a registration, whose password or secret was checked, verified if
    the code is valid; returns whether it was.

    Every attempt counts: the caller commits in both cases.
    """
    customer = (
        repository.find_customer(session, customer_id)
        if customer_id is not None
        else None
    )
    if customer is None or customer.email is None:
        return False
    is_valid = redeem_code(
        session,
        customer_id=customer.id,
        purpose=CodePurpose.VERIFY_EMAIL,
        code=code,
        now=now,
    )
    return is_valid and claim_email(session, customer=customer, now=now)
