"""Dates in digits: 2026-03-04, 04.03.2026, 03/04/2026, 5/2026, 2026/05, 10.06. Pure."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

from agents.local.language.calendar_days import (
    ImpossibleTime,
    build_months,
    find_latest,
    fix_day,
)
from agents.local.language.calendar_names import MONTH_NAMES
from agents.local.language.grammar import TokenReader
from agents.local.language.readings import Ambiguous, DaySpan, Impossible
from agents.local.language.times import (
    Time,
    TimeReading,
    attempt_days,
    name_time,
)
from agents.local.language.today import Today
from agents.local.language.word_categories import find_century
from agents.local.language.years import BEFORE_NUMBERS

DOTTED_RANGE = re.compile(
    r"(?P<one>[0-9]{1,2})\.(?P<two>[0-9]{1,2})-(?P<three>[0-9]{1,2})\.(?P<four>[0-9]{1,2})"
    r"(?:\.(?P<year>[0-9]{4}))?"
)
BEFORE_DAYS = frozenset(
    {
        "on",
        "from",
        "since",
        "until",
        "till",
        "to",
        "before",
        "after",
        "by",
        "through",
        "-",
    }
)
NumberMatch = re.Match[str]
DateResolver = Callable[[NumberMatch, Today], TimeReading | None]


def read_date_number(reader: TokenReader, at: int) -> tuple[Time, int] | None:
    for pattern, resolve in DATE_FORMS.items():
        match = pattern.fullmatch(reader.get_word(at))
        reading = resolve(match, reader.today) if match else None
        if reading is not None:
            year = (
                reading.first.year
                if isinstance(reading, DaySpan) and reading.first
                else 1
            )
            return Time(reading, year=year), at + 1
    return None


def read_day_and_month(reader: TokenReader, at: int) -> tuple[Time, int] | None:
    """ "3/4", which is a fraction as well unless something says that it is a date."""
    match = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})", reader.get_word(at))
    if match is None or not (1 <= int(match[1]) <= 31 and 1 <= int(match[2]) <= 31):
        return None
    one, two = int(match[1]), int(match[2])
    day_first = attempt_days(partial(_find_latest_day, two, one, reader.today))
    month_first = attempt_days(partial(_find_latest_day, one, two, reader.today))
    reading = _join_orders(day_first, month_first)
    return (
        None
        if isinstance(reading, Impossible)
        else (Time(reading, is_weak=True), at + 1)
    )


def read_dotted_day(reader: TokenReader, at: int) -> tuple[Time, int] | None:
    """ "10.06.", which is a number with a full stop where the text ends, unless the word before, or
    something else, says that it is a date."""
    found = read_bare_day(reader, at)
    is_dotted = reader.get_word(at + 1) == "." and reader.is_glued(at + 1)
    if found is None or not is_dotted or reader.get_word(at - 1) in BEFORE_NUMBERS:
        return None
    has_more = at + 2 < len(reader.tokens)
    if not has_more and reader.get_word(at - 1) not in BEFORE_DAYS:
        return None
    return replace(found[0], is_weak=not has_more), at + 2


def read_bare_day(reader: TokenReader, at: int) -> tuple[Time, int] | None:
    """ "10.06", where something else says that it is a date."""
    match = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})", reader.get_word(at))
    time = match and _name_dotted(match[1], match[2], reader.today)
    return (time, at + 1) if time else None


def read_dotted_range(
    reader: TokenReader, at: int
) -> tuple[tuple[Time, Time], int] | None:
    """ "10.6-20.6.2026", "10.6-20.6.", which are written as one number."""
    match = DOTTED_RANGE.fullmatch(reader.get_word(at))
    is_dotted = reader.get_word(at + 1) == "." and reader.is_glued(at + 1)
    if match is None or not (match["year"] or is_dotted):
        return None
    year = int(match["year"]) if match["year"] else None
    first = _name_dotted(match["one"], match["two"], reader.today)
    last = _name_dotted(match["three"], match["four"], reader.today, year)
    if first is None or last is None:
        return None
    return (first, last), at + (1 if year else 2)


def _name_dotted(
    day: str, month: str, today: Today, year: int | None = None
) -> Time | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    time = name_time(fix_day(int(month), int(day)), year, today)
    return replace(time, is_weak=True)


def _find_latest_day(month: int, day: int, today: Today) -> DaySpan:
    return find_latest(fix_day(month, day), until=today.date)


def _resolve_day(match: NumberMatch, _: Today) -> TimeReading:
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    return attempt_days(lambda: _span_day(year, month, day))


def _span_day(year: int, month: int, day: int) -> DaySpan:
    return DaySpan(*fix_day(month, day)(year))


def _resolve_either(match: NumberMatch, today: Today) -> TimeReading:
    year = int(match["year"])
    if len(match["year"]) == 2:
        year = find_century(year, today)
    return _read_orders(int(match["one"]), int(match["two"]), year)


def _read_orders(one: int, two: int, year: int) -> TimeReading:
    """Both orders of the day and the month, of which one may be no date."""
    day_first = attempt_days(lambda: _span_day(year, two, one))
    month_first = attempt_days(lambda: _span_day(year, one, two))
    if two > 12 and isinstance(day_first, Impossible):
        return month_first
    return _join_orders(day_first, month_first)


def _join_orders(day_first: TimeReading, month_first: TimeReading) -> TimeReading:
    if isinstance(day_first, DaySpan) and isinstance(month_first, DaySpan):
        if day_first == month_first:
            return day_first
        question = f"Is that {_write_day(day_first)} or {_write_day(month_first)}?"
        return Ambiguous((day_first, month_first), question)
    return month_first if isinstance(month_first, DaySpan) else day_first


def _write_day(days: DaySpan) -> str:
    day = days.first or date.min
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _resolve_month(match: NumberMatch, _: Today) -> TimeReading | None:
    year, month = match["year"], int(match["month"])
    if str(int(year) + 1).endswith(f"{month:02}") and month > 12:
        return None

    def build_days() -> DaySpan:
        if not 1 <= month <= 12:
            raise ImpossibleTime(f"There is no month {month}.")
        return DaySpan(*build_months(int(year), month, 1))

    return attempt_days(build_days)


DATE_FORMS: dict[re.Pattern[str], DateResolver] = {
    re.compile(
        r"(?P<year>[0-9]{4})([-/.])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})"
    ): _resolve_day,
    re.compile(
        r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"
    ): _resolve_day,
    re.compile(
        r"(?P<one>[0-9]{1,2})([-/])(?P<two>[0-9]{1,2})\2(?P<year>[0-9]{4}|[0-9]{2})"
    ): _resolve_either,
    re.compile(r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})"): _resolve_month,
    re.compile(r"(?P<month>[0-9]{1,2})[-/](?P<year>[0-9]{4})"): _resolve_month,
}
"""Between dots the day is first, as where dates are written that way."""
