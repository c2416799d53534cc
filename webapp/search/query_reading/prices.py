"""Reads prices: "under 500", "100 to 300", "max 60 €", "i want to spend 200 to 400". Pure."""

import re
from collections.abc import Iterator

from webapp.search.query_reading.amounts import (
    ABOVE,
    AMOUNT,
    BELOW,
    COUNTED,
    has_currency,
    read_minor,
)
from webapp.search.query_reading.reading import PartKind, ReadPart

_COST = r"(?:(?:priced|price|costing|costs?|for|that\s+costs?)\s+(?:is\s+|of\s+|range\s+)?)?"
_NO_COUNT = rf"(?!\s?-?{COUNTED})(?![\w])"
_PLAIN = r"(?<![\w.,\-/])"
_RANGES = (
    re.compile(
        rf"(?<!\w){_COST}(?:between|from)\s+(?P<low>{AMOUNT})\s*(?:and|to|-|–|until|till)\s*"  # noqa: RUF001
        rf"(?P<high>{AMOUNT}){_NO_COUNT}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_PLAIN}{_COST}(?P<low>{AMOUNT})\s*(?:to|-|–)\s*(?P<high>{AMOUNT}){_NO_COUNT}"  # noqa: RUF001
        r"(?![\w.,\-/])",
        re.IGNORECASE,
    ),
)
_BOUNDS = (
    re.compile(
        rf"(?<!\w){_COST}(?P<sign>{BELOW})\s*(?P<high>{AMOUNT}){_NO_COUNT}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<!\w){_COST}(?P<sign>{ABOVE})\s*(?P<low>{AMOUNT}){_NO_COUNT}",
        re.IGNORECASE,
    ),
)
_OR_MORE = re.compile(
    rf"{_PLAIN}(?P<amount>{AMOUNT})\s+(?:or|and)\s+(?:(?P<less>less|under|cheaper|below)|more|over|up)"
    r"(?!\w)",
    re.IGNORECASE,
)
MAX_SPREAD = 20
"""Of a range without a currency: `2-200` is none of prices."""


def find_prices(text: str) -> Iterator[ReadPart]:
    taken: list[ReadPart] = []
    for part in _iter_prices(text):
        if all(part.end <= each.start or each.end <= part.start for each in taken):
            taken.append(part)
            yield part


def _iter_prices(text: str) -> Iterator[ReadPart]:
    for pattern in _RANGES:
        for found in pattern.finditer(text):
            low, high = read_minor(found["low"]), read_minor(found["high"])
            if _is_range(text, found, low, high):
                yield _build_part(found, low, high)
    for pattern in _BOUNDS:
        for found in pattern.finditer(text):
            bounds = found.groupdict()
            yield _build_part(
                found,
                read_minor(found["low"]) if bounds.get("low") else None,
                read_minor(found["high"]) if bounds.get("high") else None,
            )
    for found in _OR_MORE.finditer(text):
        amount = read_minor(found["amount"])
        if has_currency(found["amount"]):
            is_most = found["less"] is not None
            yield _build_part(
                found, None if is_most else amount, amount if is_most else None
            )


def _is_range(text: str, found: re.Match[str], low: int, high: int) -> bool:
    """ "20-40" alone may be anything."""
    if low >= high:
        return False
    if has_currency(found[0]) or found[0][:1].isalpha():
        return True
    is_whole_text = not (text[: found.start()].strip() or text[found.end() :].strip())
    has_zeros = found["low"].startswith("0") or found["high"].startswith("0")
    return not is_whole_text and not has_zeros and high <= MAX_SPREAD * low


def _build_part(found: re.Match[str], low: int | None, high: int | None) -> ReadPart:
    return ReadPart(
        PartKind.PRICE, found.start(), found.end(), min_price=low, max_price=high
    )
