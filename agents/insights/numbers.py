"""Numbers in prose, and the figures they must be matched to. Pure.

A number in an answer counts as supported when a tool returned that value in this turn, or
returned a value that rounds to it as it is written. A number in text a tool returned (a
date, a name) supports no amount of money and no percentage. Nothing is computed here: sums,
shares and growth are for the tools to return.
"""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?(?P<money>[$€£])?\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<scale>k|thousand|million|m|bn|billion)\b)?(?P<percent>\s?(?:%|percent\b))?",
    re.IGNORECASE,
)
# The time of day in "2026-03-01T17:17:17Z" is no figure, on either side.
CLOCK = re.compile(r"T\d\d:\d\d(?::\d\d)?")
DIGITS = re.compile(r"\d+(?:\.\d+)?")
SCALES = {
    "k": 3, "thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9,
}  # fmt: skip
WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "hundred": 100, "hundreds": 100, "thousands": 1000,
}  # fmt: skip
WORD = re.compile(rf"(?i)\b(?:{'|'.join(WORDS)})\b")
# These state a figure without a digit, so nothing a tool returned can be matched to them.
HIDDEN = re.compile(
    r"(?i)\b(?:doubl|tripl|quadrupl|halv|twice|thrice|half|third|quarter of|majority)\w*"
)


@dataclass(frozen=True)
class Stated:
    """A number as it is written: `1.2k` is 1200, known to the hundred."""

    value: Decimal
    unit: Decimal
    is_measure: bool = False
    """An amount of money or a percentage."""

    def is_rounded(self, figure: Decimal) -> bool:
        """Whether the figure, sign aside, is this number when rounded to its unit."""
        steps = abs(figure) / self.unit
        return any(
            steps.quantize(Decimal(1), rounding) * self.unit == self.value
            for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)
        )


def stated(text: str) -> Iterator[Stated]:
    for found in NUMBER.finditer(CLOCK.sub("", text)):
        digits = Decimal(found["digits"].replace(",", ""))
        power = SCALES.get((found["scale"] or "").casefold(), 0)
        exponent = int(digits.as_tuple().exponent)
        yield Stated(
            digits.scaleb(power),
            Decimal(1).scaleb(exponent + power),
            is_measure=bool(found["money"] or found["percent"]),
        )
    for word in WORD.findall(text):
        yield Stated(Decimal(WORDS[word.casefold()]), Decimal(1))


@dataclass(frozen=True)
class KnownFigures:
    """What the tools of a turn returned."""

    values: Set[Decimal]
    in_text: Set[Decimal]
    """Numbers in dates and names."""

    def supports(self, number: Stated) -> bool:
        if number.value in self.values or any(map(number.is_rounded, self.values)):
            return True
        return not number.is_measure and number.value in self.in_text


def collect_figures(results: Iterable[Any]) -> KnownFigures:
    parts = [part for result in results for part in _leaves(result)]
    return KnownFigures(
        values={Decimal(str(part)) for part in parts if not isinstance(part, str)},
        in_text={
            Decimal(digits)
            for part in parts
            if isinstance(part, str)
            for digits in DIGITS.findall(CLOCK.sub("", part))
        },
    )


def _leaves(result: Any) -> Iterator[int | float | str]:
    match result:
        case bool() | None:
            return
        case int() | float() | str():
            yield result
        case dict():
            for part in result.values():
                yield from _leaves(part)
        case list():
            for part in result:
                yield from _leaves(part)


def is_supported(sentence: str, figures: KnownFigures) -> bool:
    if HIDDEN.search(sentence):
        return False
    return all(figures.supports(number) for number in stated(sentence))
