"""Writes numbers of several words in digits: "two thousand twenty-five", "one hundred and six".

Numbers of one word are words of many names, and have a meaning where they stand; these have not.
Pure.
"""

import re

UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
}  # fmt: skip
TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
WORDS = {**UNITS, **TEENS, **TENS}
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
