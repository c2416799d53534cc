"""Text as people type and paste it, and how fields clean it before they check it.

Every text is in Unicode's composed form (NFC), so that what looks the same is equal. Blanks around
it are trimmed, and a text that shows nothing is empty: what must not be blank has a `min_length`.
"""

import re
from collections.abc import Callable
from typing import Any
from unicodedata import category, normalize

from pydantic import BeforeValidator

_ZERO_WIDTH = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\ufeff"
)
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks by category that show nothing."""
_EDGES = _ZERO_WIDTH + "".join(filter(str.isspace, map(chr, range(0x3001))))
_VARIATION_SELECTORS = {*map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))}
_LINE_BREAK = re.compile("[\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202d\u202e]")
"""With those that show a text in another order than it is in, such as "gpj.exe"."""
_CONTROL_IN_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]")
"""All but tabs and LF."""


_ACCENTS = re.compile("[\u0300-\u036f]")
PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "\u0131": "i"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not decompose into a plain one and an accent."""


def normalize_text(text: str) -> str:
    return text if text.isascii() else normalize("NFC", text)


def is_storable_text(text: str) -> bool:
    """Whether PostgreSQL can store a text: it has no NUL and no lone surrogate."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return "\x00" not in text


def clean_line(text: str) -> str:
    """Clean a text of one line. Raises `ValueError` for line breaks and control characters."""
    trimmed = trim_blanks(text)
    if _LINE_BREAK.search(trimmed):
        msg = "must be one line, without line breaks"
        raise ValueError(msg)
    _reject_match(_CONTROL, trimmed)
    return normalize_text(trimmed)


def clean_lines(text: str) -> str:
    """Clean a text of several lines, which end by LF. Raises `ValueError` for other control
    characters than line breaks and tabs."""
    trimmed = trim_blanks(text.replace("\r\n", "\n").replace("\r", "\n"))
    _reject_match(_CONTROL_IN_LINES, trimmed)
    return normalize_text(trimmed)


def clean_label(text: str) -> str:
    """Clean a text of one line that others are compared with: blanks within it are single."""
    return clean_line(" ".join(clean_line(text).split()))


def label_key(label: str) -> str:
    """Return what is equal for spellings of one label: case, blanks, width and characters that show
    nothing do not matter."""
    visible = drop_invisible(normalize("NFKC", label))
    return " ".join(normalize("NFKC", visible.casefold()).split())


def plain_key(text: str) -> str:
    """As `label_key`, and without the accents of Latin, Greek and Cyrillic letters: what is equal
    for what people type for one thing."""
    key = label_key(text)
    if key.isascii():
        return key
    return normalize("NFC", _ACCENTS.sub("", normalize("NFD", key)))


def drop_invisible(text: str) -> str:
    """Drop characters that show nothing, but for blanks: two texts that look alike are equal."""
    if text.isascii():
        return text
    return "".join(each for each in text if each.isspace() or not _is_invisible(each))


def capitalize_first(text: str) -> str:
    """With a capital at its beginning, and all else as it is; of a text that is not empty."""
    return f"{text[0].upper()}{text[1:]}"


def clean_code(text: str) -> str:
    """Clean a code, such as a SKU, in which characters that show nothing have no meaning."""
    return clean_line(drop_invisible(text))


def trim_blanks(text: str) -> str:
    """Trim blanks and zero-width spaces; of a text that shows nothing, nothing is left."""
    trimmed = text.strip(_EDGES)
    return "" if all(map(_is_invisible, trimmed)) else trimmed


def _is_invisible(character: str) -> bool:
    return (
        category(character) in {"Cf", "Zl", "Zp", "Zs"}
        or character in _FILLERS
        or character in _VARIATION_SELECTORS
    )


def _reject_match(control: re.Pattern[str], text: str) -> None:
    if found := control.search(text):
        msg = f"must not contain control characters, such as U+{ord(found[0]):04X}"
        raise ValueError(msg)


def _clean_by(clean: Callable[[str], str]) -> BeforeValidator:
    def validate(value: Any) -> Any:
        return clean(value) if isinstance(value, str) else value

    return BeforeValidator(validate)


ONE_LINE = _clean_by(clean_line)
"""Written after the limits of the field, which then see the clean text:
`Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]`."""
MULTI_LINE = _clean_by(clean_lines)
LABEL = _clean_by(clean_label)
CODE = _clean_by(clean_code)
