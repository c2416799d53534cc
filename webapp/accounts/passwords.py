"""The password policy, and a generator for it; `webapp.kit.hashing` stores passwords."""

import secrets
import string

from webapp.kit.errors import Invalid

MIN_LENGTH = 8
# Hashing time grows with length; no typed password is this long.
MAX_LENGTH = 256


class WeakPassword(Invalid):
    code = "WEAK_PASSWORD"


def check_policy(password: str) -> None:
    """Raises `WeakPassword`, which names what is missing."""
    rules = {
        f"{MIN_LENGTH} or more characters": len(password) >= MIN_LENGTH,
        f"at most {MAX_LENGTH} characters": len(password) <= MAX_LENGTH,
        "an upper-case letter": any(c.isupper() for c in password),
        "a lower-case letter": any(c.islower() for c in password),
        "a digit": any(c.isdigit() for c in password),
        "a symbol": any(not c.isalnum() and not c.isspace() for c in password),
    }
    missing = [rule for rule, is_met in rules.items() if not is_met]
    if missing:
        raise WeakPassword(f"The password needs {', '.join(missing)}", missing=missing)


def generate_password(length: int = 16) -> str:
    """A random password that satisfies the policy, without characters that look alike."""
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
