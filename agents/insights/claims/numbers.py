"""Numbers in prose, as precise as they are written. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum

NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>(?!(?:\A|(?<=\n))-\s)[-+\u2212])?(?P<code>(?:USD|EUR|GBP|AUD"
    r"|CAD)\s?)?(?P<money>(?:US|[AC])?[$\u20ac\u00a3])?\s?"
    r"(?P<inner>[-\u2212])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<scale>k|thousand|million|m|bn|billion)\b)?"
    r"(?P<percent>\s?(?:%|percent(?:age points?)?\b|pp\b))?"
    r"(?P<unit>\s?(?:USD|EUR|GBP|AUD|CAD|dollars|euros|pounds)\b|\s?\u20ac)?",
    re.IGNORECASE,
)
"""A dash and a space that begin a line are no sign: they begin an item of a list."""
SCALES = {
    "k": 3, "thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9,
}  # fmt: skip
NUMBER_WORDS = {
    "zero": 0,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "thirty": 30,
    "forty": 40, "fifty": 50, "hundred": 100, "hundreds": 100, "thousands": 1000,
}  # fmt: skip
NUMBER_WORD = re.compile(rf"(?i)(?<![\w-])(?:{'|'.join(NUMBER_WORDS)})\b(?!-result)")
"""A zero-result rate is a figure by itself."""
SYMBOLS = {
    "$": frozenset({"USD", "AUD", "CAD"}), "us$": frozenset({"USD"}), "a$": frozenset({"AUD"}),
    "c$": frozenset({"CAD"}), "\u20ac": frozenset({"EUR"}), "\u00a3": frozenset({"GBP"}),
    "dollars": frozenset({"USD", "AUD", "CAD"}), "euros": frozenset({"EUR"}),
    "pounds": frozenset({"GBP"}),
}  # fmt: skip


class NumberKind(StrEnum):
    MONEY = "money"
    PERCENT = "percent"
    PLAIN = "plain"


@dataclass(frozen=True)
class StatedNumber:
    """A number as it is written: `1.2k` is 1200, precise to the hundred."""

    value: Decimal
    """Without its sign."""
    unit: Decimal
    kind: NumberKind = NumberKind.PLAIN
    currencies: frozenset[str] = frozenset()
    """Those that it may be in."""
    sign: int = 0
    """-1 or 1 where a sign is written."""
    start: int = 0
    end: int = 0

    def is_rounding_of(self, figure: Decimal) -> bool:
        """Whether the figure, rounded to this number's unit, is this number (signs ignored)."""
        steps = abs(figure) / self.unit
        return any(
            steps.quantize(Decimal(1), rounding) * self.unit == self.value
            for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)
        )

    def agrees_in_sign(self, figure: Decimal) -> bool:
        return self.sign == 0 or figure == 0 or (figure > 0) == (self.sign > 0)


def find_numbers(text: str) -> list[StatedNumber]:
    """The numbers of a text in their order."""
    found = [*map(_read_number, NUMBER.finditer(text)), *_iterate_number_words(text)]
    return sorted(found, key=lambda number: number.start)


def _read_number(match: re.Match[str]) -> StatedNumber:
    digits = Decimal(match["digits"].replace(",", ""))
    power = SCALES.get((match["scale"] or "").casefold(), 0)
    exponent = int(digits.as_tuple().exponent)
    marks = [match[name] for name in ("code", "money", "unit") if match[name]]
    kind = NumberKind.PLAIN
    if match["percent"]:
        kind = NumberKind.PERCENT
    elif marks:
        kind = NumberKind.MONEY
    sign = match["sign"] or match["inner"]
    return StatedNumber(
        digits.scaleb(power),
        Decimal(1).scaleb(exponent + power),
        kind,
        _find_currencies(marks),
        0 if sign is None else (1 if sign == "+" else -1),
        match.start() + len(match[0]) - len(match[0].lstrip()),
        match.end(),
    )


def _find_currencies(marks: list[str]) -> frozenset[str]:
    """What all marks of a number allow: `A$5 AUD`."""
    sets = [
        SYMBOLS.get(mark.strip().casefold(), frozenset({mark.strip().upper()}))
        for mark in marks
    ]
    return frozenset.intersection(*sets) if sets else frozenset()


def _iterate_number_words(text: str) -> Iterator[StatedNumber]:
    for match in NUMBER_WORD.finditer(text):
        value = Decimal(NUMBER_WORDS[match[0].casefold()])
        yield StatedNumber(value, Decimal(1), start=match.start(), end=match.end())
