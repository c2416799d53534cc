"""Parses numbers as people and spreadsheets write them. Pure.

A number that can be read in two ways is refused, unless the decimal separator is given: `1.250` is
1.25 or 1250. Groups of thousands must be regular.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from webapp.kit.money import Currency

DecimalSeparator = Literal[".", ","]
MAX_LENGTH = 40

APOSTROPHES = "’‘ʼ`´＇′"  # noqa: RUF001
LIKE_ASCII = str.maketrans(
    {"．": ".", "，": ",", "−": "-", "－": "-", "＋": "+", "\u200f": "", "\u200e": ""}  # noqa: RUF001
    | dict.fromkeys(APOSTROPHES, "'")
)
ARABIC = str.maketrans({"٫": ".", "٬": ","})  # noqa: RUF001
"""The Arabic signs are unambiguous, so that `decimal` says nothing about them."""
GROUPS = {".": ",' ", ",": ".' "}
"""Decimal separator → those of thousands that go with it."""
NUMBERS = {
    decimal: re.compile(
        rf"[+-]?(?:\d+|[1-9]\d{{0,2}}(?P<group>[{groups}])\d{{3}}"
        rf"(?:(?P=group)\d{{3}})*|(?=[{decimal}]\d))(?:[{decimal}]\d+)?"
    )
    for decimal, groups in GROUPS.items()
}
SIGNS: Mapping[str, frozenset[Currency]] = {
    **{currency.value: frozenset({currency}) for currency in Currency},
    "€": frozenset({Currency.EUR}),
    "EURO": frozenset({Currency.EUR}),
    "£": frozenset({Currency.GBP}),
    "$": frozenset({Currency.USD, Currency.AUD, Currency.CAD}),
    "US$": frozenset({Currency.USD}),
    "A$": frozenset({Currency.AUD}),
    "AU$": frozenset({Currency.AUD}),
    "C$": frozenset({Currency.CAD}),
    "CA$": frozenset({Currency.CAD}),
}
MONEY = re.compile(
    r"(?P<minus>-?)\s*(?P<before>[^\d\s.,'+-]*)\s*(?P<number>.*\d)\s*(?P<after>\D*)"
)


class NotANumber(ValueError):
    """The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Money:
    amount: Decimal
    currencies: frozenset[Currency] | None
    """Those that the sign beside the number may mean; `None` without a sign."""


# A shop has few different prices and many lines: 6 MB for twice the speed.
@lru_cache(maxsize=65_536)
def parse_number(written: str, decimal: DecimalSeparator | None) -> Decimal:
    """Parse a number; `decimal` is its decimal separator if that is known.

    Raises `NotANumber`.
    """
    text = _simplify_text(written)
    if text.translate(ARABIC) != text:
        text, decimal = text.translate(ARABIC), "."
    readings = {
        _read_match(separator, match)
        for separator, pattern in NUMBERS.items()
        if decimal in (None, separator) and (match := pattern.fullmatch(text))
    }
    if len(readings) == 1:
        return readings.pop()
    if readings:
        meanings = " or ".join(f"{each:f}" for each in sorted(readings))
        msg = (
            f"{written:.40} may be {meanings}: give the decimal separator (`decimal`, "
            '"." or ",")'
        )
        raise NotANumber(msg)
    raise NotANumber(_explain_text(written, text, decimal))


def parse_money(written: str, decimal: DecimalSeparator | None) -> Money:
    """Parse an amount that may have a currency beside it. Raises `NotANumber`."""
    match = MONEY.fullmatch(_simplify_text(written))
    if match is None:
        msg = f"{written:.40} is not a number"
        raise NotANumber(msg)
    signs = [sign for sign in (match["before"], match["after"].strip()) if sign]
    if not signs:
        return Money(parse_number(written, decimal), None)
    if len(signs) > 1:
        msg = f"{written:.40} is not an amount of money"
        raise NotANumber(msg)
    currencies = _parse_sign(signs[0], written)
    amount = parse_number(match["minus"] + match["number"], decimal)
    return Money(amount, currencies)


def _parse_sign(sign: str, written: str) -> frozenset[Currency]:
    currencies = SIGNS.get(sign.upper())
    if currencies is None:
        reason = (
            "is a percentage"
            if sign in {"%", "٪", "‰"}
            else f"is not an amount in one of {', '.join(Currency)}"
        )
        msg = f"{written:.40} {reason}"
        raise NotANumber(msg)
    return currencies


def _simplify_text(written: str) -> str:
    """Write digits of other scripts, spaces and signs as those of ASCII."""
    text = written.strip()
    if text.isascii():
        return text
    return "".join(map(_simplify_character, text.translate(LIKE_ASCII)))


def _simplify_character(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return " " if unicodedata.category(character) == "Zs" else character


def _read_match(separator: str, match: re.Match[str]) -> Decimal:
    whole, _, fraction = match[0].partition(separator)
    digits = re.sub(r"[.,' ]", "", whole)
    return Decimal(f"{digits}.{fraction}" if fraction else digits)


def _explain_text(written: str, text: str, decimal: str | None) -> str:
    other = {".": ",", ",": "."}.get(decimal or "")
    if other is not None and NUMBERS[other].fullmatch(text):
        return (
            f'{written:.40} is no number with the decimal separator "{decimal}" '
            "(`decimal`)"
        )
    return f"{written:.40} is not a number"
