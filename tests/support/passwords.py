"""Password hashing at the lowest cost; each hash contains the cost of verifying it."""

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
    """Sign in like the endpoint, but in one transaction."""
    stored_hash = sign_in.find_password_hash(session, email=email)
    verified_hash = sign_in.verify_credentials(
        password, stored_hash, passwords=CHEAP_HASHER
    )
    return sign_in.log_in(session, email=email, verified_hash=verified_hash, now=now)
