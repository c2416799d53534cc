"""Hashes that cost next to nothing: each one says itself how dear it is to verify."""

from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from webapp.accounts import sign_in
from webapp.accounts.sign_in import SignIn
from webapp.kit.hashing import BoundedPasswordHasher

CHEAP_HASHER = BoundedPasswordHasher(
    PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
)


def log_in(session: Session, *, email: str, password: str, now: datetime) -> SignIn:
    """As the endpoint does, in one transaction."""
    kept = sign_in.find_password_hash(session, email=email)
    proved = sign_in.verify_credentials(password, kept, passwords=CHEAP_HASHER)
    return sign_in.log_in(session, email=email, verified_hash=proved, now=now)
