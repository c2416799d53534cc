"""Whether a secret can be guessed. Pure."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pkgutil import resolve_name
from typing import Any
from unicodedata import normalize

MAX_RATED_LENGTH = 72
KEY_GUESSES_LOG10 = 25
"""Of a key that attackers test on their own machines; 32 random hexadecimal digits have 30."""
PASSWORD_GUESSES_LOG10 = 10
"""Of a password that each guess needs a connection for."""
DECORATED_WORD = re.compile(
    r"(?P<before>[\W\d_]*)(?P<word>.*?)(?P<after>[\W\d_]*)", re.DOTALL
)
SIGN_GUESSES_LOG10 = 1
"""Of the signs around a word: people choose a few, before all `!` and `@`."""
YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)
YEAR_GUESSES_LOG10 = 2
GUESSES_LOG10_OF_SCORE = (3, 6, 8, 10)
"""From so many guesses on, a password has the score 1, 2, 3 and 4."""


def is_guessable(secret: str, *, guesses_log10: int) -> bool:
    """True for words, dates, repetitions and sequences that need fewer guesses."""
    if not secret:  # zxcvbn fails of it
        return True
    return float(_rate_secret(secret)["guesses_log10"]) < guesses_log10


def score_password(password: str, *, personal: Sequence[str]) -> int:
    """Score from 0 to 4, of somebody of whom others know these texts."""
    plain = normalize("NFKC", password)
    guesses = min(
        float(_rate_secret(plain, personal)["guesses_log10"]),
        _rate_decorated_word(plain, personal),
    )
    return sum(guesses >= least for least in GUESSES_LOG10_OF_SCORE)


def _rate_decorated_word(password: str, personal: Sequence[str]) -> float:
    """Logarithm of the guesses for a word with digits and signs around it, such as `Summer2025!`
    and `Admin@123`. Lists of passwords have most of them; zxcvbn takes the signs, with the digits
    beside them, for random."""
    parts = DECORATED_WORD.fullmatch(password)
    if parts is None or not parts["word"]:
        return float("inf")
    around = parts["before"] + parts["after"]
    has_signs = re.search(r"[\W_]", around) is not None
    return SIGN_GUESSES_LOG10 * has_signs + sum(
        YEAR_GUESSES_LOG10
        if YEAR.fullmatch(part)
        else float(_rate_secret(part, personal)["guesses_log10"])
        for part in (parts["word"], *re.findall(r"\d+", around))
    )


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
