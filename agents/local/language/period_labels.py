"""Reads periods as results write them. Pure."""

import re
from datetime import date, timedelta

from agents.local.language.readings import DaySpan
from webapp.kit.weeks import count_weeks

WEEK_LABEL = re.compile(r"WEEK OF (?P<first>\d{4}-\d\d-\d\d)")
PERIOD_LABEL = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|W(?P<week>\d\d)"
    r"|(?P<month>\d\d)(?:-(?P<day>\d\d))?))?"
)


def parse_period(label: str) -> DaySpan | None:
    """The days of `2026`, `2026-Q1`, `2026-W09`, `week of 2026-03-01`, `2026-03` and `2026-03-01`,
    in any case; `None` for what is none of these, and for a week that its year does not have."""
    written = label.upper()
    if week := WEEK_LABEL.fullmatch(written):
        return _span_week(date.fromisoformat(week["first"]))
    match = PERIOD_LABEL.fullmatch(written)
    return None if match is None else _find_days(match)


def _find_days(match: re.Match[str]) -> DaySpan | None:
    year = int(match["year"])
    if match["week"]:
        number = int(match["week"])
        is_known = 1 <= number <= count_weeks(year)
        return _span_week(date.fromisocalendar(year, number, 1)) if is_known else None
    if match["day"]:
        day = date.fromisoformat(match[0])
        return DaySpan(day, day)
    first, count = 1, 12
    if match["quarter"]:
        first, count = int(match["quarter"]) * 3 - 2, 3
    elif match["month"]:
        first, count = int(match["month"]), 1
    after = date(year + (first + count) // 13, (first + count - 1) % 12 + 1, 1)
    return DaySpan(date(year, first, 1), after - timedelta(days=1))


def _span_week(first: date) -> DaySpan:
    return DaySpan(first, first + timedelta(days=6))
