"""What a text says that a product has: without "no microphone", "without a fan". Pure."""

import re

_NEGATED = re.compile(
    r"(?<![\w-])(?:not|no|non|without|w/o|excluding|excludes|free\s+of|lacks|never)\b[\s-]+"
    r"(?:[^\s.,;:!?()|]+[^\S\n]*){1,3}",
    re.IGNORECASE,
)


def drop_negated(text: str) -> str:
    """The text without what it denies: up to three words behind "no" or "without"."""
    return _NEGATED.sub(" ", text)
