"""Known devices: where an account has signed in, its owner is not locked out by others.

A device proves itself with a random token, which the sign-in returned. It opens nothing without
the password; it only has attempts of its own, which strangers cannot use up.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import repository
from webapp.accounts.service import normalize_email
from webapp.kit.hashing import hash_token

LIFETIME = timedelta(days=180)
"""Begins anew with each sign-in."""
MAX_DEVICES = 20


@dataclass(frozen=True)
class Device:
    id: UUID
    token: str


def find_device(
    session: Session, *, email: str, tokens: Iterable[str], now: datetime
) -> Device | None:
    """The first of the devices with these tokens that is one of this account."""
    for token in tokens:
        device_id = repository.find_device(
            session, email=normalize_email(email), token_hash=hash_token(token), now=now
        )
        if device_id is not None:
            return Device(device_id, token)
    return None


def remember_device(
    session: Session, *, customer_id: UUID, known_token: str | None, now: datetime
) -> str:
    """Return the device's token, which is a new one unless the device is known."""
    token = known_token or secrets.token_urlsafe(32)
    if known_token is not None:
        repository.renew_device(
            session, token_hash=hash_token(token), expires_at=now + LIFETIME
        )
        return token
    repository.insert_device(
        session,
        customer_id=customer_id,
        token_hash=hash_token(token),
        expires_at=now + LIFETIME,
        max_devices=MAX_DEVICES,
    )
    return token
