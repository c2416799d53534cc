"""Finds moving averages with their length: "7-day average", "smoothed over a week". Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.local.numbers import WORDS

LETTERS = {
    "h": "hour",
    "d": "day",
    "w": "week",
    "m": "month",
    "q": "quarter",
    "y": "year",
}
UNIT = r"(?:hour|day|week|month|quarter|year|period|point|wk|mth)s?['\u2019]?"
COUNT = rf"(?:\d+|{'|'.join(WORDS)})"
LENGTH = rf"(?P<count>{COUNT})[\s-]*(?:(?P<unit>{UNIT})|(?<=\d)(?P<letter>[hdwmqy]))\b"
""" "7-day", "seven days", "7d"."""
MOVING = r"(?:moving|rolling|running|trailing|sliding|smoothed|smoothing|centered)"
MEAN = r"(?:averages?|means?|avgs?\.?)"
OF_FIGURES = r"(?!\s+(?:order|basket|cart|unit|item|selling|sale|price|value|spend|size|discount))"
"""An average order value is a figure by itself."""
MEANS = (
    rf"(?:{MOVING}[\s-]+{MEAN}{OF_FIGURES}|{MOVING}[\s-]+(?:window|curve|line)|[SC]?MA)"
)
LAST = r"(?:(?:last|past|previous|preceding|prior|trailing)\s+)?"
SINGLE = r"(?P<single>hour|day|week|month|quarter)\b"
SPAN = rf"(?:(?:(?:an?|the|one)\s+)?{LAST}(?:{LENGTH}|{SINGLE}))"
SMOOTHING = r"smooth(?:ed|s|ing|en|ened)?|averag(?:ed|ing)|flatten(?:ed|ing)?"
OVER = r"(?:of|over|for|across|within|using|with|by|on|through|,|\(|:|=|based on)"
WINDOW = (
    r"(?:(?:a\s+)?(?:window|length|span|period)(?:\s+size)?(?:\s+of|\s+is|:|=)?\s+)?"
)
DAYS = rf"(?P<count>{COUNT})[\s-]+(?P<unit>hour|day|week|month|quarter)s?['\u2019]?"
THROUGH = r"(?:average|mean|avg)\s+(?:of|over|across)\s+(?:the\s+|a\s+)?(?:trailing|rolling|moving)"
PATTERNS = tuple(
    re.compile(rf"(?i)(?<![\w.,]){pattern}(?!\w)")
    for pattern in (
        rf"{LENGTH}[\s-]+{MEANS}",
        r"(?P<count>\d+)(?P<letter>[hdwmqy])(?:[SC]?MA)",
        rf"{MOVING}[\s-]+{LENGTH}[\s-]+(?:{MEAN}|MA){OF_FIGURES}",
        rf"{DAYS}[\s-]+{MEAN}{OF_FIGURES}",
        rf"{MEANS}\s*{OVER}?\s*{WINDOW}{SPAN}\)?",
        rf"{MEANS}\s*(?:\(|with\s+|,\s*)?(?:an?\s+)?{LENGTH}\s+(?:window|length|span|period)\)?",
        rf"(?:{SMOOTHING})(?:\s+(?:out|it|them|this|that))*\s+{OVER}\s+{WINDOW}{SPAN}",
        r"S?MA\s?-?\(?(?P<count>\d+)\)?",
        rf"{THROUGH}\s+(?:{LENGTH}|{SINGLE})",
    )
)


SAID = re.compile(rf"(?i)\b(?:{MOVING}\s+{MEAN}|{SMOOTHING}|moving|rolling)(?!\w)")
SOMEWHERE = re.compile(
    r"(?i)(?:\b(?:over|with|using)\s+(?:an?\s+)?|\(\s*|\b(?:window|length|span)\s+(?:of\s+)?)"
    rf"{WINDOW}{LENGTH}(?:\s+(?:window|length|span))?\s*\)?|\bover\s+an?\s+{SINGLE}"
)
""" "Smooth the daily orders over 7 days": a length that does not stand next to the average."""


@dataclass(frozen=True)
class MovingAverage:
    length: int
    unit: str
    """A period, or "" for that of the rows."""


@dataclass(frozen=True)
class FoundAverage:
    start: int
    """Offset of its first character in the text."""
    end: int
    """Offset behind its last character."""
    average: MovingAverage


def find_averages(text: str) -> Iterator[FoundAverage]:
    """In the order of the text, without overlap; the longest of those that begin at a place."""
    found = [match for pattern in PATTERNS for match in pattern.finditer(text)]
    if not found and SAID.search(text):
        apart = list(SOMEWHERE.finditer(text))
        found = apart if len(apart) == 1 else []
    end = 0
    for match in sorted(found, key=lambda each: (each.start(), -each.end())):
        average = _parse_average(match) if match.start() >= end else None
        if average is not None:
            yield FoundAverage(match.start(), match.end(), average)
            end = match.end()


def _parse_average(match: re.Match[str]) -> MovingAverage | None:
    groups = {
        name: (value or "").casefold() for name, value in match.groupdict().items()
    }
    if single := groups.get("single"):
        return MovingAverage(1, single)
    count = groups["count"]
    length = int(count) if count.isdigit() else WORDS[count]
    unit = groups.get("unit", "").rstrip("s'\u2019")
    named = {"wk": "week", "mth": "month", "period": "", "point": ""}.get(unit, unit)
    unit = named or LETTERS.get(groups.get("letter", ""), "")
    return MovingAverage(length, unit) if length else None
