"""Resolves a single time expression: "March 2026", "Q2", "last week". Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from agents.local.numbers import NUMBER, parse_number

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december",
)  # fmt: skip
MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
YEAR = r"(?:19|20)\d\d"
UNIT = "day|week|month|quarter|year"
TIME_EXPRESSION = re.compile(
    rf"(?P<iso_month>{YEAR}-(?:0[1-9]|1[0-2]))(?:-(?P<iso_day>0[1-9]|[12]\d|3[01]))?(?!\d)"
    rf"|\b(?P<month>{MONTH})\b\.?(?:,?\s+(?P<of>{YEAR}))?"
    rf"|\bq(?P<quarter>[1-4])\b(?:\s+(?P<of_quarter>{YEAR}))?"
    r"|\b(?P<day>today|yesterday)\b"
    rf"|\b(?P<which>this|current|last|past|previous)\s+(?P<period>{UNIT})\b"
    rf"|\b(?:last|past|previous)\s+(?P<count>{NUMBER})\s+(?P<unit>{UNIT})s?\b"
    rf"|\b(?P<year>{YEAR})\b"
)
DAY = timedelta(days=1)
MAX_UNITS = 400
"""Maximum N of "the last N days", so that dates stay within the calendar's range."""
MONTHS_PER_UNIT = {"month": 1, "quarter": 3, "year": 12}


class Days(NamedTuple):
    """Whole days, both included."""

    first: date
    last: date


Match = re.Match[str]
Resolver = Callable[[Match, date, int | None], Days]


def resolve_time_expression(match: Match, *, today: date, year: int | None) -> Days:
    """Resolve a match of `TIME_EXPRESSION`; `year` is that of a month or a quarter named
    without one, which else is the latest that has begun."""
    resolver = next(resolve for group, resolve in RESOLVERS.items() if match[group])
    return resolver(match, today, year)


def _resolve_iso(match: Match, _: date, __: int | None) -> Days:
    """A day that its month does not have is the last one of the month."""
    year, month = map(int, match["iso_month"].split("-"))
    whole_month = _month_range(year, month, 1)
    if match["iso_day"] is None:
        return whole_month
    day = min(whole_month.first + (int(match["iso_day"]) - 1) * DAY, whole_month.last)
    return Days(day, day)


def _resolve_month(match: Match, today: date, year: int | None) -> Days:
    number = next(
        n for n, name in enumerate(MONTHS, 1) if name.startswith(match["month"][:3])
    )
    latest = today.year - (number > today.month)
    return _month_range(int(match["of"] or year or latest), number, 1)


def _resolve_quarter(match: Match, today: date, year: int | None) -> Days:
    month = 3 * int(match["quarter"]) - 2
    latest = today.year - (month > today.month)
    return _month_range(int(match["of_quarter"] or year or latest), month, 3)


def _resolve_day(match: Match, today: date, _: int | None) -> Days:
    day = today if match["day"] == "today" else today - DAY
    return Days(day, day)


def _resolve_period(match: Match, today: date, _: int | None) -> Days:
    back = 0 if match["which"] in {"this", "current"} else 1
    unit = match["period"]
    if unit in MONTHS_PER_UNIT:
        length = MONTHS_PER_UNIT[unit]
        month = (today.month - 1) // length * length + 1
        return _month_range(today.year, month - back * length, length)
    length = 7 if unit == "week" else 1
    first = today - (today.weekday() if unit == "week" else 0) * DAY
    first -= back * length * DAY
    return Days(first, first + (length - 1) * DAY)


def _resolve_last(match: Match, today: date, _: int | None) -> Days:
    """Up to today: days and weeks to the day, longer units from the first of a month."""
    count, unit = min(int(parse_number(match["count"])), MAX_UNITS), match["unit"]
    if unit in MONTHS_PER_UNIT:
        months = count * MONTHS_PER_UNIT[unit]
        return Days(_first_day(today.year, today.month - months + 1), today)
    return Days(today - (count * (7 if unit == "week" else 1) - 1) * DAY, today)


def _resolve_year(match: Match, _: date, __: int | None) -> Days:
    return _month_range(int(match["year"]), 1, 12)


def _month_range(year: int, month: int, count: int) -> Days:
    """`month` may be below 1 or above 12."""
    return Days(_first_day(year, month), _first_day(year, month + count) - DAY)


def _first_day(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


RESOLVERS: Mapping[str, Resolver] = {
    "iso_month": _resolve_iso,
    "month": _resolve_month,
    "quarter": _resolve_quarter,
    "day": _resolve_day,
    "period": _resolve_period,
    "count": _resolve_last,
    "year": _resolve_year,
}
