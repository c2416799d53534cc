"""Parses numbers as people write them: `1,200`, `fifty`, `a dozen`, `2k`."""

import re
from decimal import Decimal

WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000,
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip

DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
NUMBER = rf"(?:(?:{DIGITS})k?|(?:an?\s+)?(?:{'|'.join(WORDS)}))"


def parse_number(text: str) -> Decimal:
    """The value of text that matched `NUMBER`."""
    word = re.sub(r"^an?\s+", "", text.strip().casefold())
    if word in WORDS:
        return Decimal(WORDS[word])
    scale = 1000 if word.endswith("k") else 1
    return Decimal(word.removesuffix("k").replace(",", "")) * scale
