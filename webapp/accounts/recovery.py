"""Password reset: a link is mailed, and its token is exchanged for a new password."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.codes import CodePurpose
from webapp.accounts.errors import WrongResetToken
from webapp.accounts.models import Customer
from webapp.accounts.service import claim_email, normalize_email
from webapp.accounts.sign_in import end_all_sign_ins
from webapp.db.outbox import enqueue
from webapp.kit.hashing import hash_token

RESET_PATH = "/reset-password"
"""Of the page that the link opens."""
LINK_LIFETIME = timedelta(hours=1)
TOKEN_BYTES = 16


def request_password_reset(session: Session, *, email: str) -> None:
    """Enqueue the mail with a link; the job, not the request, looks the account up."""
    enqueue(
        session,
        "accounts.mail_code",
        email=normalize_email(email),
        purpose=CodePurpose.RESET_PASSWORD,
    )


def issue_reset_token(session: Session, *, customer_id: UUID, now: datetime) -> str:
    """Issue the token of a link and store its hash; earlier ones keep working."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    repository.insert_reset_link(
        session,
        customer_id=customer_id,
        token_hash=hash_token(token),
        expires_at=now + LINK_LIFETIME,
    )
    return token


def find_link_owner(session: Session, *, token: str, now: datetime) -> Customer | None:
    """Whose password the link would set; `None` for one that is used up or has expired."""
    return repository.find_customer_of_link(
        session, token_hash=hash_token(token), now=now
    )


def require_link_owner(session: Session, *, token: str, now: datetime) -> Customer:
    """As `find_link_owner`. Raises `WrongResetToken`."""
    customer = find_link_owner(session, token=token, now=now)
    if customer is None:
        raise WrongResetToken
    return customer


def reset_password(
    session: Session, *, token: str, password_hash: str, now: datetime
) -> Customer:
    """Set the new password; the customer's links stop working.

    All sign-ins end and all devices are forgotten, as another person may know the old password
    and have signed in. The link also verifies the address, as it was mailed there.

    Raises `WrongResetToken`.
    """
    customer = require_link_owner(session, token=token, now=now)
    if not claim_email(session, customer=customer, now=now):
        raise WrongResetToken
    # Read again with the row locked: of two requests with one link, one sets the password.
    require_link_owner(session, token=token, now=now)
    customer.password_hash = password_hash
    repository.delete_reset_links(session, customer.id)
    end_all_sign_ins(session, customer=customer, now=now)
    return customer
