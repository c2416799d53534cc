"""Whether a secret can be guessed. Pure."""

from zxcvbn import zxcvbn

MAX_RATED_LENGTH = 72
KEY_GUESSES_LOG10 = 25
"""Of a key that attackers test on their own machines; 32 random hexadecimal digits have 30."""
PASSWORD_GUESSES_LOG10 = 10
"""Of a password that each guess needs a connection for."""


def is_guessable(secret: str, *, guesses_log10: int) -> bool:
    """True for words, dates, repetitions and sequences that need fewer guesses."""
    rated = zxcvbn(secret[:MAX_RATED_LENGTH])
    return float(rated["guesses_log10"]) < guesses_log10
