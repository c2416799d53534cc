"""Stretches of time as an admin names them: "since March", "from May to July 2026". Pure."""

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
    """The stretch a sentence names; open on both sides when it names none."""
    words = text.casefold()
    found = list(TIME_EXPRESSION.finditer(words))
    if not found:
        return DateRange()
    # In "March to June 2026" both months are of that year.
    year = next((int(match["of"]) for match in found if match["of"]), None)
    first, *more = [
        resolve_time_expression(match, today=today, year=year) for match in found
    ]
    before = words[: found[0].start()]
    if more and FROM.search(before):
        return DateRange(first.first, more[0].last)
    if SINCE.search(before):
        return DateRange(first.first, today)
    return DateRange(None, first.last) if UNTIL.search(before) else first
