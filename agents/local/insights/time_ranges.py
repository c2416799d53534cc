"""Parses time ranges as an admin names them: "since March", "from May to July 2026". Pure."""

import re
from datetime import date

from agents.local.insights.time_expressions import (
    TIME_EXPRESSION,
    DateRange,
    resolve_time_expression,
)

FROM = re.compile(r"\b(?:from|between)\s*(?:the\s+)?$")
SINCE = re.compile(r"\b(?:since|from|after)\s*(?:the\s+)?$")
UNTIL = re.compile(r"\b(?:until|till|up to|before)\s*(?:the\s+)?$")


def parse_date_range(text: str, *, today: date) -> DateRange:
    """The time range that a text names; open on both sides when it names none."""
    words = text.casefold()
    matches = list(TIME_EXPRESSION.finditer(words))
    if not matches:
        return DateRange()
    # In "March to June 2026" both months are of that year.
    year = next((int(match["of"]) for match in matches if match["of"]), None)
    first, *others = [
        resolve_time_expression(match, today=today, year=year) for match in matches
    ]
    before = words[: matches[0].start()]
    if others and FROM.search(before):
        return DateRange(first.first, others[0].last)
    if SINCE.search(before):
        return DateRange(first.first, today)
    return DateRange(None, first.last) if UNTIL.search(before) else first
