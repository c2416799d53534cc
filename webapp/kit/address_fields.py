"""Fields of an address in a request: text in one line, trimmed and NFC, and known countries."""

import re
from typing import Annotated
from unicodedata import category, normalize

from pydantic import AfterValidator, Field

from webapp.kit.countries import parse_country

NOT_IN_A_LINE = {"Cc", "Zl", "Zp"}
"""Unicode categories of control characters and of separators of lines."""
BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Hangul fillers and the empty Braille cell."""
PHONE = re.compile(r"\+?[\d\s().\-/]+(?:(?:ext\.?|x|#)\s*\d{1,6})?", re.IGNORECASE)


def clean_line(text: str) -> str:
    """Trim a text and compose its accents.

    Raises `ValueError` for line breaks and other control characters.
    """
    line = normalize("NFC", text).strip()
    if any(category(c) in NOT_IN_A_LINE for c in line):
        msg = "must be one line without control characters"
        raise ValueError(msg)
    return line


def empty_if_invisible(line: str) -> str:
    return line if any(map(_is_visible, line)) else ""


def require_text(line: str) -> str:
    """Raises `ValueError` for a text with nothing to see."""
    if not empty_if_invisible(line):
        msg = "must not be blank"
        raise ValueError(msg)
    return line


def _is_visible(character: str) -> bool:
    return category(character)[0] not in "CZ" and character not in BLANK_LETTERS


def check_phone(line: str) -> str:
    """Raises `ValueError` for what nobody can dial."""
    digits = sum(map(str.isdecimal, line))
    if line and not (PHONE.fullmatch(line) and 5 <= digits <= 21):
        msg = f"{line} is no phone number; write it like +49 30 123456-7"
        raise ValueError(msg)
    return line


OptionalLine = Annotated[
    str,
    Field(max_length=200),
    AfterValidator(clean_line),
    AfterValidator(empty_if_invisible),
]
"""Without anything to see it is empty."""
Line = Annotated[
    str,
    Field(min_length=1, max_length=200),
    AfterValidator(clean_line),
    AfterValidator(require_text),
]
Country = Annotated[Line, AfterValidator(parse_country)]
"""Any name or ISO code of a country in, its code of two letters inside."""
PostalCode = Annotated[
    str,
    Field(max_length=20),
    AfterValidator(clean_line),
    AfterValidator(empty_if_invisible),
]
Phone = Annotated[
    str, Field(max_length=40), AfterValidator(clean_line), AfterValidator(check_phone)
]
