"""One stretch of time that is named by itself: "March 2026", "Q2", "last week". Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from agents.local.numbers import NUMBER, parse_number

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august",
    "september", "october", "november", "december",
)  # fmt: skip
MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
YEAR = r"(?:19|20)\d\d"
UNIT = "day|week|month|quarter|year"
TIME_EXPRESSION = re.compile(
    rf"(?P<iso_month>{YEAR}-(?:0[1-9]|1[0-2]))(?:-(?P<iso_day>\d\d))?(?!\d)"
    rf"|\b(?P<month>{MONTH})\b\.?(?:,?\s+(?P<of>{YEAR}))?"
    rf"|\bq(?P<quarter>[1-4])\b(?:\s+(?P<of_quarter>{YEAR}))?"
    r"|\b(?P<day>today|yesterday)\b"
    rf"|\b(?P<which>this|current|last|previous)\s+(?P<period>{UNIT})\b"
    rf"|\b(?:last|past|previous)\s+(?P<count>{NUMBER})\s+(?P<unit>{UNIT})s\b"
    rf"|\b(?P<year>{YEAR})\b"
)
DAY = timedelta(days=1)
MOST = 400
"""Units of "the last N days": a calendar ends somewhere, and so does patience."""
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class DateRange:
    """Whole days, both included; an open side takes all there is."""

    first: date | None = None
    last: date | None = None


Match = re.Match[str]
Reader = Callable[[Match, date, int | None], DateRange]


def resolve_time_expression(
    found: Match, *, today: date, year: int | None
) -> DateRange:
    """What `MOMENT` found; `year` is meant by a month that has none."""
    reader = next(read for group, read in READERS.items() if found[group])
    return reader(found, today, year)


def _iso(found: Match, _: date, __: int | None) -> DateRange:
    year, month = map(int, found["iso_month"].split("-"))
    whole = _months(year, month, 1)
    if found["iso_day"] is None or whole.first is None:
        return whole
    day = whole.first + (int(found["iso_day"]) - 1) * DAY
    return DateRange(day, day)


def _named_month(found: Match, today: date, year: int | None) -> DateRange:
    number = next(
        n for n, name in enumerate(MONTHS, 1) if name.startswith(found["month"][:3])
    )
    latest = today.year - (number > today.month)
    return _months(int(found["of"] or year or latest), number, 1)


def _quarter(found: Match, today: date, _: int | None) -> DateRange:
    year = int(found["of_quarter"] or today.year)
    return _months(year, 3 * int(found["quarter"]) - 2, 3)


def _day(found: Match, today: date, _: int | None) -> DateRange:
    day = today if found["day"] == "today" else today - DAY
    return DateRange(day, day)


def _period(found: Match, today: date, _: int | None) -> DateRange:
    back = 1 if found["which"] in {"last", "previous"} else 0
    unit = found["period"]
    if unit in MONTHS_OF:
        length = MONTHS_OF[unit]
        month = (today.month - 1) // length * length + 1
        return _months(today.year, month - back * length, length)
    length = 7 if unit == "week" else 1
    first = today - timedelta(days=today.weekday() if unit == "week" else 0)
    return DateRange(
        first - back * length * DAY, first - (back * length - length + 1) * DAY
    )


def _last(found: Match, today: date, _: int | None) -> DateRange:
    """Up to today: days and weeks to the day, longer units from the first of a month."""
    count, unit = min(int(parse_number(found["count"])), MOST), found["unit"]
    if unit in MONTHS_OF:
        months = count * MONTHS_OF[unit]
        return DateRange(_first_of(today.year, today.month - months + 1), today)
    return DateRange(today - (count * (7 if unit == "week" else 1) - 1) * DAY, today)


def _year(found: Match, _: date, __: int | None) -> DateRange:
    return _months(int(found["year"]), 1, 12)


def _months(year: int, month: int, count: int) -> DateRange:
    """`month` may be below 1 or above 12."""
    return DateRange(_first_of(year, month), _first_of(year, month + count) - DAY)


def _first_of(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


READERS: Mapping[str, Reader] = {
    "iso_month": _iso,
    "month": _named_month,
    "quarter": _quarter,
    "day": _day,
    "period": _period,
    "count": _last,
    "year": _year,
}
