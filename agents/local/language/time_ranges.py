"""Rules for times from one to another: "May to July", "Monday to Friday", "2024-2026". Pure."""

import re
from dataclasses import replace
from datetime import date
from functools import partial

from agents.local.language.calendar_days import (
    ImpossibleTime,
    add_days,
    add_units,
    build_day,
    build_week,
    count_days,
    find_latest,
    find_passed_part,
    find_unit_days,
    fix_days,
    fix_months,
)
from agents.local.language.calendar_names import UNITS
from agents.local.language.comparison_words import is_comparing
from agents.local.language.grammar import Captures, Rules, TokenReader
from agents.local.language.month_days import ENDS_OF_DAYS
from agents.local.language.readings import (
    Ambiguous,
    Certain,
    DaySpan,
    Impossible,
    PeriodSpan,
    Weekdays,
)
from agents.local.language.time_parts import is_month, take_part
from agents.local.language.times import Time, attempt_days, name_time, set_year
from agents.local.language.today import Today
from agents.local.language.word_categories import RANGE_WORDS
from agents.local.language.year_parts import MAX_WEEKS, name_rare_week
from agents.local.language.years import name_year

RANGES = Rules()
TO = "|".join(sorted(RANGE_WORDS))


def is_likely_year(time: Time, today: Today) -> bool:
    """Whether a bare number is a year, rather than a price or a count."""
    year = time.bare_year
    return year is None or 1990 <= year <= today.date.year + 10


def join_times(
    first: Time, last: Time, today: Today
) -> DaySpan | Ambiguous | Impossible:
    """From the first day of one time to the last of another."""
    first, last = share_year(first, last)
    starts, ends = list_readings(first), list_readings(last)
    if not starts or not ends:
        problem = last.reading if starts else first.reading
        return (
            problem if isinstance(problem, Impossible) else Impossible("It has no end.")
        )
    if len(starts) == len(ends):
        pairs = list(zip(starts, ends, strict=True))
    else:
        pairs = [(start, end) for start in starts for end in ends]
    spans = [attempt_days(partial(_span_pair, s, e, today)) for s, e in pairs]
    possible = tuple(dict.fromkeys(each for each in spans if isinstance(each, DaySpan)))
    if len(possible) > 1:
        return Ambiguous(possible, ask_which(possible))
    problem = spans[0]
    if not possible and isinstance(problem, Impossible):
        return problem
    return possible[0]


def list_readings(time: Time) -> list[Time]:
    """The certain ones: none of a time that is impossible."""
    reading = time.reading
    if isinstance(reading, Impossible):
        return []
    if isinstance(reading, Ambiguous):
        spans = [each for each in reading.readings if isinstance(each, DaySpan)]
        return [replace(time, reading=each) for each in spans]
    return [time]


def _span_pair(first: Time, last: Time, today: Today) -> DaySpan:
    start, end = find_start(first, today), find_end(last, today)
    if start is not None and end is not None and start > end:
        raise ImpossibleTime(f"It ends on {end} before it begins on {start}.")
    return DaySpan(start, end)


def find_start(time: Time, today: Today) -> date | None:
    require_days(time)
    return time.edge or time.resolve_days(today).first


def find_end(time: Time, today: Today) -> date | None:
    require_days(time)
    return time.edge or time.resolve_days(today).last


def require_days(time: Time) -> None:
    if isinstance(time.reading, PeriodSpan) and time.reading.unit == "hour":
        raise ImpossibleTime("Such a time begins and ends with whole days.")


def share_year(first: Time, last: Time) -> tuple[Time, Time]:
    """A year that is named once is that of both, or the next to it if the range turns the year.
    Of two without a year the start is the latest that has begun."""
    starts, ends, build = first.reading, last.reading, first.build
    if last.is_yearless and isinstance(starts, DaySpan) and starts.first:
        return first, _date_behind(last, starts.first)
    if first.is_yearless and build and isinstance(ends, DaySpan) and ends.last:
        until = ends.last
        reading = attempt_days(lambda: find_latest(build, until=until))
        return replace(first, reading=reading), last
    return first, last


def _date_behind(last: Time, start: date) -> Time:
    """The end in the year of the start, or the one after."""
    same = set_year(last, start.year)
    days = same.reading
    is_before = isinstance(days, DaySpan) and days.last and days.last < start
    return set_year(last, start.year + 1) if is_before else same


def join_weekdays(first: Time, last: Time, today: Today) -> Ambiguous:
    """The latest such days, or those of every week."""
    one, two = first.weekday or 1, last.weekday or 1
    count = (two - one) % 7
    start = add_days(today.date, -((today.date.isoweekday() - one) % 7))
    latest = DaySpan(start, add_days(start, count))
    every = Weekdays(tuple(sorted((one + n - 1) % 7 + 1 for n in range(count + 1))))
    question = f"Is that {latest.first} to {latest.last}, or these days of every week?"
    return Ambiguous((latest, every), question)


def ask_which(readings: tuple[Certain, ...]) -> str:
    spans = [each for each in readings if isinstance(each, DaySpan)]
    return f"Is that {' or '.join(describe_days(each) for each in spans)}?"


def describe_days(days: DaySpan) -> str:
    """For a question: "2026-03-01 to 2026-03-31", "since 2026-03-01"."""
    if days.first is None:
        return f"until {days.last}"
    if days.last is None:
        return f"since {days.first}"
    if days.first == days.last:
        return f"{days.first}"
    return f"{days.first} to {days.last}"


@RANGES.add(f"from? the? TIME {TO} now|date|present", "from the? TIME up to now|date")
def read_until_now(found: Captures) -> Time:
    time: Time = found[0]
    is_to_date = found.reader.get_word(found.end - 1) == "date"
    if is_to_date and found.reader.get_word(found.start) != "from":
        match time.reading:
            case PeriodSpan("week" | "month" | "quarter", 1, offset) as span if offset:
                return Time(find_passed_part(span, found.today))
    now = Time(DaySpan(found.today.date, found.today.date))
    return Time(join_times(time, now, found.today), is_weak=time.is_weak)


@RANGES.add(
    f"from|between|since? the? TIME up? {TO}|and the? very? end|close of the|that|this|its|same? "
    "same? UNIT",
    f"from|between|since? the? TIME up? {TO}|and the|that|this|its? (month|week|quarter|year) end",
    f"from|between|since? the? TIME up? {TO}|and the|that|this|its? "
    "(month|week|quarter|year) - end",
)
def read_until_its_end(found: Captures) -> Time | None:
    """ "From 16 October up to the end of that month": of the month in which it begins."""
    time, unit = found.values
    name = UNITS[unit][0] if isinstance(unit, str) else unit.name
    is_long = isinstance(unit, str) or (unit.size == 1 and name not in {"hour", "day"})
    if not is_long or not isinstance(time.reading, DaySpan):
        return None

    def find_part(first: date, _last: date) -> tuple[date, date]:
        return first, find_unit_days(first, name, found.today.week_start)[1]

    return take_part(time, find_part, found.today)


@RANGES.add(
    "between the? MONTH the? DAYNUMBER and the? DAYNUMBER OFYEAR?",
    f"from the? MONTH the? DAYNUMBER {TO} the? DAYNUMBER OFYEAR?",
)
def read_days_behind_month(found: Captures) -> Time:
    month, first, last, year = found.values
    return name_time(fix_days(month.number, first, last), year, found.today)


@RANGES.add("between the? DAYNUMBER and the? DAYNUMBER of? MONTH OFYEAR?")
def read_days_before_month(found: Captures) -> Time:
    first, last, month, year = found.values
    return name_time(fix_days(month.number, first, last), year, found.today)


@RANGES.add(
    "from the? DAYRANGE of? MONTH OFYEAR?",
)
def read_days_from_to(found: Captures) -> Time:
    days, month, year = found.values
    return name_time(fix_days(month.number, *days), year, found.today)


@RANGES.add(
    "weeks|week|kw|cw DAYRANGE OFYEAR?",
    "between weeks|week|kw|cw NUMBER and week? NUMBER OFYEAR?",
    f"from? WEEKNUMBER {TO} WEEKNUMBER OFYEAR?",
    "between WEEKNUMBER and WEEKNUMBER OFYEAR?",
)
def read_weeks(found: Captures) -> Time:
    first, last, year = (
        (*found[0], found[1])
        if len(found.values) == 2
        else (getattr(each, "number", each) for each in found.values)
    )

    def build_days(of_year: int) -> tuple[date, date]:
        if first > last:
            raise ImpossibleTime(f"Week {last} of a year is before week {first}.")
        return build_week(of_year, first)[0], build_week(of_year, last)[1]

    if year is None and last == MAX_WEEKS + 1 and first <= last:
        return name_rare_week(build_days, last, found.today)
    return name_time(build_days, year, found.today)


def read_year_range(reader: TokenReader, at: int) -> tuple[Time, int] | None:
    """ "2024-2026"."""
    years = re.fullmatch(
        r"((?:19|20)[0-9]{2})-((?:19|20)[0-9]{2})", reader.get_word(at)
    )
    if years is None:
        return None
    first, last = (name_year(int(year), reader.today) for year in years.groups())
    return Time(join_times(first, last, reader.today), year=last.year), at + 1


@RANGES.add("from|between? the? DAYRANGE of WHOLE")
def read_days_of_whole(found: Captures) -> Time | None:
    """ "The 1st to the 15th of last month"."""
    (first, last), whole = found.values
    if not is_month(whole, found.today):
        return None

    def find_part(start: date, end: date) -> tuple[date, date]:
        return build_day(start.year, start.month, first), build_day(
            end.year, end.month, last
        )

    return take_part(whole, find_part, found.today)


@RANGES.add(
    "WHOLE (from|after|since|before|until|till|starting) the DAYNUMBER on|onward|onwards|forward?",
    "WHOLE (from|after|since|before|until|till|starting) the DAYNUMBER of the|that month",
    "WHOLE up (to|until) the DAYNUMBER",
)
def read_side_of_whole(found: Captures) -> Time | None:
    """ "In October after the 15th": the rest of it."""
    whole, side, number = found.values
    following = found.reader.get_word(found.end)
    if not is_month(whole, found.today) or following in RANGE_WORDS | {"of", "and"}:
        return None

    def find_part(start: date, end: date) -> tuple[date, date]:
        day = build_day(start.year, start.month, number)
        if side in {"after", "before"}:
            day = add_days(day, 1 if side == "after" else -1)
        first, last = (day, end) if side in BEGINNINGS else (start, day)
        if first > last:
            raise ImpossibleTime("Nothing of that month is left.")
        return first, last

    return take_part(whole, find_part, found.today)


BEGINNINGS = frozenset({"from", "after", "since", "starting"})


@RANGES.add("from|between? the DAYRANGE")
def read_days_of_running_month(found: Captures) -> Time | None:
    """ "The 3rd to the 5th", of the latest month in which they have begun."""
    following = found.reader.get_word(found.end)
    if following and following not in ENDS_OF_DAYS:
        return None
    first, last = found[0]
    months = [found.today.date.replace(day=1)]
    while len(months) <= 2:
        months.append(add_units(months[-1], "month", -1))

    def find_days() -> DaySpan:
        if first > last:
            raise ImpossibleTime(f"Day {last} of a month is before day {first}.")
        begun = [
            month
            for month in months
            if first <= count_days(month.year, month.month)
            and add_days(month, first - 1) <= found.today.date
        ]
        if not begun:
            raise ImpossibleTime("A month has 31 days at most.")
        year, month = begun[0].year, begun[0].month
        return DaySpan(build_day(year, month, first), build_day(year, month, last))

    return Time(attempt_days(find_days), is_weak=True)


@RANGES.add(f"from? MONTH {TO} MONTH SHORTYEAR")
def read_months_of_short_year(found: Captures) -> Time | None:
    """ "Jan-Jun 26" are months of 2026: of days, the first would have one as well."""
    first, last, year = found.values
    is_near = abs(year - found.today.date.year) <= MAX_SHORT_YEARS
    if not is_near or not (_is_dashed(found) or _is_repeated(found)):
        return None
    one, two = (
        name_time(fix_months(each.number, 1), of_year, found.today)
        for each, of_year in ((first, None), (last, year))
    )
    return Time(join_times(one, two, found.today), year=year)


MAX_SHORT_YEARS = 6


def _is_dashed(found: Captures) -> bool:
    words = {found.reader.get_word(at) for at in range(found.start, found.end)}
    return not words.isdisjoint({"-", "\u2013", "\u2014"})


def _is_repeated(found: Captures) -> bool:
    """ "Jan to Jun 26 vs Jan to Jun 25"."""
    reader = found.reader
    month = reader.get_word(found.end - 2)
    return any(
        reader.get_word(at) == month
        and at != found.end - 2
        and reader.read_category("SHORTYEAR", at + 1)
        for at in range(len(reader.tokens))
    )


@RANGES.add("from|between? DOTTEDRANGE")
def read_dotted_days(found: Captures) -> Time:
    first, last = found[0]
    return Time(join_times(first, last, found.today), year=last.year)


@RANGES.add(
    f"from|between? BAREDAY {TO} DATENUMBER",
    f"from|between? BAREDAY {TO} DOTTEDDAY",
    "between BAREDAY and DATENUMBER",
    "between BAREDAY and DOTTEDDAY",
)
def read_bare_day_range(found: Captures) -> Time:
    """ "10.06 to 20.06.2026": what the second one is, the first is as well."""
    first, last = found.values
    return Time(join_times(first, last, found.today), year=last.year)


@RANGES.add("from|between? YEARRANGE")
def read_years(found: Captures) -> Time:
    time: Time = found[0]
    return time


@RANGES.add(
    f"from|between? the? TIME {TO} the? TIME",
    "between the? TIME and the? TIME",
    "from the? TIME up to|until|till the? TIME",
    f"from the? TIME all the way {TO} the? TIME",
    f"since|starting the? TIME and? {TO} the? TIME",
)
def read_range(found: Captures) -> Time | None:
    first, last = found.values
    if is_compared(found):
        return None
    is_number = not all(is_likely_year(time, found.today) for time in (first, last))
    if is_number and first.bare_year is not None and last.bare_year is not None:
        return None
    reading = (
        join_weekdays(first, last, found.today)
        if first.weekday and last.weekday
        else join_times(first, last, found.today)
    )
    is_weak = is_unnamed(first) and is_unnamed(last)
    return Time(reading, year=last.year or first.year, is_weak=is_weak)


def is_compared(found: Captures) -> bool:
    """Whether "to" is that of "compare 2025 to 2024"."""
    words = [found.reader.get_word(at) for at in range(found.start, found.end)]
    is_from = words[0] in {"from", "between", "since", "starting"}
    is_with = found.reader.get_word(found.end) in WITH or (
        found.reader.get_word(found.end) == "compared"
    )
    reader, start = found.reader, found.start
    if is_from or is_with or "to" not in words or _is_behind_with(reader, start):
        return False
    return is_comparing(reader, start)


def _is_behind_with(reader: TokenReader, start: int) -> bool:
    """ "Compare April to June with July to September"."""
    before = [reader.get_word(start - n) for n in (1, 2, 3)]
    return any(word in WITH for word in before[:2]) or before[:2] == ["the", "with"]


WITH = frozenset({"with", "against", "vs", "versus"})


def is_unnamed(time: Time) -> bool:
    """Whether nothing in it says that it is a time: "the 3rd", "3/4"."""
    is_named = time.build is not None or time.weekday or time.bare_year is not None
    return time.is_weak and not is_named
