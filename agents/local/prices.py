"""Parses prices in an utterance: "under $50", "between 20 and 40", "at least 100". Pure."""

import re
from dataclasses import dataclass
from decimal import Decimal

from agents.local.numbers import NUMBER, parse_number


def _build_amount_pattern(name: str) -> str:
    currency = r"(?:\s*(?:dollars?|bucks?|usd|eur|euros?|pounds?|[$€£]))?"
    return rf"(?:[$€£]\s*)?(?P<{name}>{NUMBER})(?![\d,.]*\d){currency}"


LOW, HIGH, NEAR = map(_build_amount_pattern, ("low", "high", "near"))

# "for children under 5 years", "over 20 inches": a number with a unit is not a price.
UNITS = "years?|months?|weeks?|days?|inch(?:es)?|cm|mm|kg|g|ml|lit(?:re|er)s?|l|watts?|w|gb|tb|mp"
NO_UNIT = rf"(?!\s*-?\s*(?:{UNITS})\b)"

RANGE = re.compile(rf"(?i)\b(?:between|from)\s+{LOW}\s+(?:and|to)\s+{HIGH}{NO_UNIT}")
DASH = re.compile(rf"(?i)(?=[$€£]){LOW}\s*(?:-|to)\s*{HIGH}")
BELOW = re.compile(
    r"(?i)(?:\b(?:under|below|less than|cheaper than|up to|at most|not? more than"
    r"|max(?:imum)?(?: of)?|within|budget (?:of|is))|<=?)"
    rf"\s*{HIGH}{NO_UNIT}"
)
ABOVE = re.compile(
    r"(?i)(?:\b(?:over|above|more than|at least|from|starting at|min(?:imum)?(?: of)?)|>=?)"
    rf"\s*{LOW}{NO_UNIT}"
)
AROUND = re.compile(rf"(?i)\b(?:at )?(?:around|about|roughly)\s+(?=[$€£]){NEAR}")
TOLERANCE = Decimal("0.2")  # "around $100" is $80 to $120


@dataclass(frozen=True)
class PriceRange:
    """Major units, both bounds inclusive; `None` is open."""

    low: Decimal | None = None
    high: Decimal | None = None

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None


def parse_price_range(text: str) -> PriceRange:
    if match := RANGE.search(text) or DASH.search(text):
        low, high = sorted((parse_number(match["low"]), parse_number(match["high"])))
        return PriceRange(low, high)
    if match := AROUND.search(text):
        near = parse_number(match["near"])
        return PriceRange(near * (1 - TOLERANCE), near * (1 + TOLERANCE))
    below = BELOW.search(text)
    above = ABOVE.search(BELOW.sub(" ", text))
    return PriceRange(
        parse_number(above["low"]) if above else None,
        parse_number(below["high"]) if below else None,
    )


def strip_prices(text: str) -> str:
    for pattern in (RANGE, DASH, AROUND, BELOW, ABOVE):
        text = pattern.sub(" ", text)
    return text
