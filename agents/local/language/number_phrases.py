"""Writes numbers of several words in digits: "two thousand twenty-five", "one hundred and six".

Numbers of one word are words of many names, and have a meaning where they stand; these have not.
Pure.
"""

import re

from agents.local.language.calendar_names import COUNT_WORDS, TENS

WORDS = {word: value for word, value in COUNT_WORDS.items() if 0 < value < 100}
UNITS = {word: value for word, value in WORDS.items() if value < 10}
_WORD = rf"(?:{'|'.join([*WORDS, 'hundred', 'thousand', 'million'])})"
NUMBER = re.compile(rf"(?i)\b{_WORD}(?:(?:[\s-]+|\s+and\s+){_WORD})+\b")
CENTURIES = range(19, 22)
"""As years are said: "twenty twenty-five"."""


def write_numbers(text: str) -> str:
    return NUMBER.sub(lambda match: _write_number(match[0]), text)


def _write_number(phrase: str) -> str:
    """As it is, where the words are no number: "one two three"."""
    words = [each for each in re.split(r"[\s-]+", phrase.casefold()) if each != "and"]
    value = _read_year(words) or _read_cardinal(words)
    return phrase if value is None else str(value)


def _read_year(words: list[str]) -> int | None:
    century = WORDS.get(words[0])
    rest = _read_hundreds(words[1:])
    is_year = century in CENTURIES and rest is not None and 10 <= rest < 100
    return None if not is_year or century is None else century * 100 + (rest or 0)


def _read_cardinal(words: list[str]) -> int | None:
    total = 0
    for scale, size in (("million", 1_000_000), ("thousand", 1000)):
        if scale in words:
            at = words.index(scale)
            count = _read_hundreds(words[:at])
            if count is None:
                return None
            total += count * size
            words = words[at + 1 :]
    rest = _read_hundreds(words) if words else 0
    return None if rest is None else total + rest


def _read_hundreds(words: list[str]) -> int | None:
    """A number below a thousand."""
    if "hundred" not in words:
        return _read_tens(words)
    hundreds, scale, *rest = [*words, ""]
    rest = rest[:-1]
    if scale != "hundred" or hundreds not in WORDS:
        return None
    tens = _read_tens(rest) if rest else 0
    return None if tens is None else WORDS[hundreds] * 100 + tens


def _read_tens(words: list[str]) -> int | None:
    match words:
        case [word] if word in WORDS:
            return WORDS[word]
        case [tens, unit] if tens in TENS and unit in UNITS:
            return TENS[tens] + UNITS[unit]
    return None
