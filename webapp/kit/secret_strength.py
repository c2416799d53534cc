"""Whether a secret can be guessed. Pure."""

from collections.abc import Callable, Sequence
from functools import cache
from pkgutil import resolve_name
from typing import Any

MAX_RATED_LENGTH = 72
KEY_GUESSES_LOG10 = 25
"""Of a key that attackers test on their own machines; 32 random hexadecimal digits have 30."""
PASSWORD_GUESSES_LOG10 = 10
"""Of a password that each guess needs a connection for."""


def is_guessable(secret: str, *, guesses_log10: int) -> bool:
    """True for words, dates, repetitions and sequences that need fewer guesses."""
    return float(_rate_secret(secret)["guesses_log10"]) < guesses_log10


def score_password(password: str, *, personal: Sequence[str]) -> int:
    """Score from 0 to 4, of somebody of whom others know these texts."""
    return int(_rate_secret(password, personal)["score"])


@cache
def load_word_lists() -> Callable[..., dict[str, Any]]:
    """12 MB, in processes that rate secrets only: before its forks, web loads them for all."""
    rate: Callable[..., dict[str, Any]] = resolve_name("zxcvbn:zxcvbn")
    return rate


def _rate_secret(secret: str, personal: Sequence[str] = ()) -> dict[str, Any]:
    """The time of rating grows with length."""
    return load_word_lists()(
        secret[:MAX_RATED_LENGTH],
        user_inputs=[text[:MAX_RATED_LENGTH] for text in personal],
    )
