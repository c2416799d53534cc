"""The password policy, and a generator for it; `webapp.kit.hashing` stores passwords."""

import secrets
import string
from collections.abc import Sequence

from webapp.kit.errors import Invalid
from webapp.kit.secret_strength import score_password

MIN_LENGTH = 8
# Hashing time grows with length; no typed password is this long.
MAX_LENGTH = 256
MIN_SCORE = 2
"""Of `score_password`: a million guesses or more. Less have common passwords, also with letters
replaced, names of the account, keys in a row."""


class WeakPassword(Invalid):
    code = "WEAK_PASSWORD"


def check_policy(password: str, *, personal: Sequence[str] = ()) -> None:
    """Check a new password; `personal` are texts that others know of its owner, such as the
    address. Raises `WeakPassword`, which names what is missing."""
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
    if score_password(password, personal=_split_personal(personal)) < MIN_SCORE:
        raise WeakPassword(
            "The password is among the first that are guessed: it is a common one, or made "
            "of the name or address. Choose some words that do not belong together",
            missing=["words that are not guessed"],
        )


def _split_personal(texts: Sequence[str]) -> list[str]:
    return [
        part
        for text in texts
        for part in (text, *text.replace("@", " ").replace(".", " ").split())
    ]


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
