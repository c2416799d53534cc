"""Numbers in prose, and the figures that must support them. Pure.

A number in an answer counts as supported when a tool returned that value in this turn, or
returned a value that rounds to it as it is written. A number in text a tool returned (a
date, a name) supports no amount of money and no percentage. A name of several words that a
tool returned ("Two-Person Tent") may be quoted, whatever numbers are in it. Nothing is
computed here: sums, shares and growth are for the tools to return.
"""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?(?P<money>(?:US|[AC])?[$€£])?\s?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<scale>k|thousand|million|m|bn|billion)\b)?(?P<percent>\s?(?:%|percent\b))?",
    re.IGNORECASE,
)
# The time of day in "2026-03-01T17:17:17Z" is not a figure, in a result or in an answer.
TIME_OF_DAY = re.compile(r"T\d\d:\d\d(?::\d\d)?")
DIGITS = re.compile(r"\d+(?:\.\d+)?")
SCALES = {
    "k": 3, "thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9,
}  # fmt: skip
NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "hundred": 100, "hundreds": 100, "thousands": 1000,
}  # fmt: skip
NUMBER_WORD = re.compile(rf"(?i)\b(?:{'|'.join(NUMBER_WORDS)})\b")
# These imply a figure without stating it, so no value that a tool returned can support them.
IMPLIED_FIGURE = re.compile(
    r"(?i)\b(?:doubl|tripl|quadrupl|halv|twice|thrice|half|third|quarter of|majority)\w*"
)


@dataclass(frozen=True)
class StatedNumber:
    """A number as it is written: `1.2k` is 1200, precise to the hundred."""

    value: Decimal
    unit: Decimal
    is_measure: bool = False
    """Whether it is an amount of money or a percentage."""

    def is_rounding_of(self, figure: Decimal) -> bool:
        """Whether the figure, rounded to this number's unit, is this number (signs ignored)."""
        steps = abs(figure) / self.unit
        return any(
            steps.quantize(Decimal(1), rounding) * self.unit == self.value
            for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)
        )


def find_numbers(text: str) -> Iterator[StatedNumber]:
    for match in NUMBER.finditer(TIME_OF_DAY.sub("", text)):
        digits = Decimal(match["digits"].replace(",", ""))
        power = SCALES.get((match["scale"] or "").casefold(), 0)
        exponent = int(digits.as_tuple().exponent)
        yield StatedNumber(
            digits.scaleb(power),
            Decimal(1).scaleb(exponent + power),
            is_measure=bool(match["money"] or match["percent"]),
        )
    for word in NUMBER_WORD.findall(text):
        yield StatedNumber(Decimal(NUMBER_WORDS[word.casefold()]), Decimal(1))


@dataclass(frozen=True)
class KnownFigures:
    """The figures that the tools of a turn returned."""

    values: Set[Decimal]
    in_text: Set[Decimal]
    """Numbers in dates and names."""
    names: re.Pattern[str]
    """Names that state or imply a number."""

    def supports(self, number: StatedNumber) -> bool:
        if number.value in self.values or any(map(number.is_rounding_of, self.values)):
            return True
        return not number.is_measure and number.value in self.in_text


def collect_figures(results: Iterable[Any]) -> KnownFigures:
    scalars = [scalar for result in results for scalar in _iterate_scalars(result)]
    texts = {scalar for scalar in scalars if isinstance(scalar, str)}
    return KnownFigures(
        values={
            Decimal(str(figure)) for figure in scalars if not isinstance(figure, str)
        },
        in_text={
            Decimal(digits)
            for text in texts
            for digits in DIGITS.findall(TIME_OF_DAY.sub("", text))
        },
        names=_match_names(texts),
    )


def _match_names(texts: Iterable[str]) -> re.Pattern[str]:
    names = [text for text in texts if len(text.split()) > 1 and _has_number(text)]
    longer_first = sorted(names, reverse=True)  # "Tea for Two, Black", "Tea for Two"
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longer_first))})(?!\w)")


def _has_number(text: str) -> bool:
    return bool(IMPLIED_FIGURE.search(text)) or any(find_numbers(text))


def _iterate_scalars(result: Any) -> Iterator[int | float | str]:
    match result:
        case bool() | None:
            return
        case int() | float() | str():
            yield result
        case dict():
            for value in result.values():
                yield from _iterate_scalars(value)
        case list():
            for value in result:
                yield from _iterate_scalars(value)


def is_supported(sentence: str, figures: KnownFigures) -> bool:
    rest = figures.names.sub("", sentence)
    if IMPLIED_FIGURE.search(rest):
        return False
    return all(figures.supports(number) for number in find_numbers(rest))
