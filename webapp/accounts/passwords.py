"""What is good enough for a password; `webapp.kit.hashing` is how one is kept."""

import secrets
import string

from webapp.kit.errors import Invalid

MIN_LENGTH = 8
# Hashing time grows with length; nobody types this much.
MAX_LENGTH = 256


class WeakPassword(Invalid):
    code = "WEAK_PASSWORD"


def check_policy(password: str) -> None:
    """Raises `WeakPassword` naming what is missing."""
    wanted = {
        f"{MIN_LENGTH} or more characters": len(password) >= MIN_LENGTH,
        f"at most {MAX_LENGTH} characters": len(password) <= MAX_LENGTH,
        "an upper-case letter": any(c.isupper() for c in password),
        "a lower-case letter": any(c.islower() for c in password),
        "a digit": any(c.isdigit() for c in password),
        "a symbol": any(not c.isalnum() and not c.isspace() for c in password),
    }
    missing = [rule for rule, kept in wanted.items() if not kept]
    if missing:
        raise WeakPassword(f"The password needs {', '.join(missing)}", missing=missing)


def generate_password(length: int = 16) -> str:
    """Satisfies the policy; no characters that a person could mistake for others."""
    letters = [c for c in string.ascii_letters if c not in "lIO"]
    while True:
        password = "".join(
            secrets.choice([*letters, *"23456789", *"!#%+-=?"]) for _ in range(length)
        )
        try:
            check_policy(password)
        except WeakPassword:
            continue
        return password
