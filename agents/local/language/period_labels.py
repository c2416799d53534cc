"""Reads periods as results write them. Pure."""

import re
from datetime import date, timedelta

from agents.local.language.readings import DaySpan

PERIOD_LABEL = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|W(?P<week>\d\d)"
    r"|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?"
)


def parse_period(label: str) -> DaySpan | None:
    """The days of `2026`, `2026-Q1`, `2026-W09`, `2026-03` and `2026-03-01`, in any case."""
    match = PERIOD_LABEL.fullmatch(label.upper())
    if match is None:
        return None
    year = int(match["year"])
    if match["week"]:
        monday = date.fromisocalendar(year, int(match["week"]), 1)
        return DaySpan(monday, monday + timedelta(days=6))
    if match["day"]:
        day = date.fromisoformat(label)
        return DaySpan(day, day)
    first, count = 1, 12
    if match["quarter"]:
        first, count = int(match["quarter"]) * 3 - 2, 3
    elif match["month"]:
        first, count = int(match["month"]), 1
    after = date(year + (first + count) // 13, (first + count - 1) % 12 + 1, 1)
    return DaySpan(date(year, first, 1), after - timedelta(days=1))
