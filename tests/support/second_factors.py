"""Accounts with a second factor, and the codes of their authenticator apps."""

from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import update
from sqlalchemy.orm import Session

from webapp.accounts import second_factors
from webapp.accounts.models import SecondFactor
from webapp.accounts.second_factor_codes import build_cipher
from webapp.accounts.second_factors import Enrolled
from webapp.config import Settings
from webapp.db.session import Database
from webapp.kit.clock import utc_now


def compute_code(secret: str, now: datetime | None = None) -> str:
    return pyotp.TOTP(secret).at(now or utc_now())


def enroll(
    session: Session,
    settings: Settings,
    customer_id: UUID,
    *,
    now: datetime | None = None,
) -> tuple[str, Enrolled]:
    """Enroll and confirm; returns the secret and what the owner is shown."""
    cipher = build_cipher(settings.require_jwt_secret())
    secret = second_factors.start_enrollment(
        session, customer_id=customer_id, cipher=cipher
    )
    enrolled = second_factors.confirm_enrollment(
        session,
        customer_id=customer_id,
        code=compute_code(secret, now),
        cipher=cipher,
        now=now or utc_now(),
    )
    return secret, enrolled


def forget_used_codes(database: Database) -> None:
    """As if half a minute had passed: the code of now is accepted again."""
    with database.unit_of_work() as session:
        session.execute(update(SecondFactor).values(last_step=None))
