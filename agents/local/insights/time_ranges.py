"""Parses time ranges as an admin names them: "since March", "from May to July 2026". Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from agents.local.insights.time_expressions import (
    DAY,
    TIME_EXPRESSION,
    Days,
    Match,
    resolve_time_expression,
)

FROM = re.compile(r"\b(?:from|between)\s*(?:the\s+)?$")
SINCE = re.compile(r"\b(?:since|from)\s*(?:the\s+)?$")
AFTER = re.compile(r"\bafter\s*(?:the\s+)?$")
UNTIL = re.compile(r"\b(?:until|till|up to)\s*(?:the\s+)?$")
BEFORE = re.compile(r"\bbefore\s*(?:the\s+)?$")


@dataclass(frozen=True)
class DateRange:
    """Whole days, both included; `None` leaves that side open."""

    first: date | None = None
    last: date | None = None


def parse_date_range(text: str, *, today: date) -> DateRange:
    """The time range that a text names; open on both sides when it names none."""
    words = text.casefold()
    matches = list(TIME_EXPRESSION.finditer(words))
    if not matches:
        return DateRange()
    # In "March to June 2026" both months are of that year.
    years = (match["of"] or match["of_quarter"] for match in matches)
    year = next((int(year) for year in years if year), None)
    start, *ends = [
        resolve_time_expression(match, today=today, year=year) for match in matches
    ]
    preceding = words[: matches[0].start()]
    if ends and FROM.search(preceding):
        return _join_ranges(matches[0], start, ends[0], today=today)
    return _bound_range(start, preceding, today=today)


def _join_ranges(match: Match, start: Days, end: Days, *, today: date) -> DateRange:
    """In "from December to March 2026" December is that of the year before."""
    if start.first > end.last:
        start = resolve_time_expression(match, today=today, year=end.last.year - 1)
    return DateRange(start.first, end.last)


def _bound_range(days: Days, preceding: str, *, today: date) -> DateRange:
    """The range on that side of the days which the words before them name."""
    for pattern, build_range in BOUNDS.items():
        if pattern.search(preceding):
            return build_range(days, today)
    return DateRange(days.first, days.last)


BOUNDS: Mapping[re.Pattern[str], Callable[[Days, date], DateRange]] = {
    SINCE: lambda days, today: DateRange(days.first, today),
    AFTER: lambda days, today: DateRange(days.last + DAY, today),
    UNTIL: lambda days, _: DateRange(None, days.last),
    BEFORE: lambda days, _: DateRange(None, days.first - DAY),
}
