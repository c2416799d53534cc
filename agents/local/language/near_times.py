"""Rules for holidays, and for times next to a holiday or a day: "the week after Easter"."""

from datetime import date
from functools import partial

from agents.local.language.calendar_days import (
    MONTHS_PER_UNIT,
    add_days,
    add_units,
    find_latest_weekday,
    find_latest_weekend,
    find_unit_days,
    fix_months,
)
from agents.local.language.grammar import Captures, Rules
from agents.local.language.readings import DaySpan, Impossible, PeriodUnit
from agents.local.language.times import Time, attempt_days, name_time
from agents.local.language.word_categories import NamedHoliday
from webapp.kit.weeks import WeekStart

NEAR_TIMES = Rules()
STARTS = "starting|starts|started|beginning|begins|began|begun|commencing|commences|commenced"
ENDS = "ending|ends|ended|closing|closes|closed|finishing|finishes|finished|to|until|till|through"
BEGINNING = frozenset({*STARTS.split("|"), "from", "since"})
ENDING = frozenset(ENDS.split("|"))
WITH = frozenset({"with", "containing", "around", "including"})
""" "The week with 5 October" is that of it."""


@NEAR_TIMES.add("the? HOLIDAY OFYEAR?", "the? HOLIDAY day|proper OFYEAR?")
def read_holiday_year(found: Captures) -> Time | None:
    """ "Easter", "on Halloween day"; "Black Friday day by day" has no such day."""
    holiday: NamedHoliday = found[0]
    words = [found.reader.get_word(found.end - 1), found.reader.get_word(found.end)]
    if words[0] == "day" and words[1] in {"by", "-", "after", "on", "over"}:
        return None
    return name_time(
        holiday.find_days,
        found[1],
        found.today,
        is_weak=holiday.is_weak,
        is_holiday=True,
    )


@NEAR_TIMES.add("YEARWORDS ,? the? HOLIDAY")
def read_holiday_behind_year(found: Captures) -> Time:
    """ "Last year's Black Friday"."""
    return name_time(found[1].find_days, found[0], found.today, is_holiday=True)


@NEAR_TIMES.add("the? HOLIDAY weekend OFYEAR?")
def read_holiday_weekend(found: Captures) -> Time | None:
    holiday: NamedHoliday = found[0]
    if holiday.is_weekend:
        return None

    def build_days(year: int) -> tuple[date, date]:
        day, _ = holiday.find_days(year)
        return find_long_weekend(day)

    return name_time(build_days, found[1], found.today)


def find_long_weekend(day: date) -> tuple[date, date]:
    """The weekend next to a day, with the days between: none for a Tuesday and a Wednesday."""
    weekday = day.isoweekday()
    if weekday == 1:
        return add_days(day, -2), day
    saturday, sunday = find_latest_weekend(until=add_days(day, 6 if weekday < 7 else 0))
    return (day if weekday in {4, 5} else saturday), sunday


@NEAR_TIMES.add(
    "the? (week|weekend|month) (of|before|after) the? HOLIDAY OFYEAR?",
    "the? (day|eve) (before|after) the? HOLIDAY OFYEAR?",
)
def read_near_holiday(found: Captures) -> Time | None:
    unit, side, holiday, year = found.values

    def build_days(of_year: int) -> tuple[date, date]:
        return find_near(
            unit, side, *holiday.find_days(of_year), week_start=found.today.week_start
        )

    return name_time(build_days, year, found.today)


@NEAR_TIMES.add("the? HOLIDAY (week|month) OFYEAR?")
def read_holiday_week(found: Captures) -> Time | None:
    """ "Black Friday week": the week with it."""
    holiday, unit, year = found.values
    if holiday.is_weekend:
        return None
    return name_time(
        lambda of_year: find_near(
            unit, "of", *holiday.find_days(of_year), week_start=found.today.week_start
        ),
        year,
        found.today,
    )


@NEAR_TIMES.add(
    f"the? COUNT UNIT that|which? up? ({ENDS}) in|on|with|at? the? end|close of MONTH OFYEAR?",
    f"the? COUNT UNIT that|which? ({ENDS}) in|with? MONTH OFYEAR?",
)
def read_months_to_month(found: Captures) -> Time | None:
    """ "The three months to the end of October", "the 6 months ending in June"."""
    count, unit, _, month, year = found.values
    if unit.name not in MONTHS_PER_UNIT or found.reader.read_category(
        "DAYNUMBER", found.end
    ):
        return None
    months = MONTHS_PER_UNIT[unit.name] * unit.size
    end = name_time(fix_months(month.number, 1), year, found.today).reading

    def find_days() -> DaySpan | Impossible:
        if not isinstance(end, DaySpan) or end.first is None:
            return Impossible("It has no end.")
        first = add_units(end.first, "month", 1 - count.require_value() * months)
        return DaySpan(first, end.last)

    return Time(attempt_days(find_days), year=year)


@NEAR_TIMES.add(
    "the? (week|weekend|month) (of|before|after) the? DATE",
    "the? (week) (with|containing|around|including) the? DATE",
    "the? (week) in which? the? DATE falls|fell|was|is",
    "the? (day) (before|after) the? DATE",
    "the? (weekend) (of) the? WEEKTIME",
    f"the? (week) that|which? ({STARTS}) on|from|at|with? the? DATE",
    "the? (week) (from|since) the? DATE",
    f"the? (week) that|which? ({ENDS}) on|at|with? the? DATE",
    "(w) / (c|e) the? DATE",
    "(wc) the? DATE",
)
def read_near_date(found: Captures) -> Time | None:
    unit, side, time = _name_near(found)
    build = time.build
    find_span = partial(_find_span, unit, side, week_start=found.today.week_start)
    if build is not None:
        return name_time(lambda year: find_span(*build(year)), time.year, found.today)
    if not isinstance(time.reading, DaySpan):
        return time
    days = time.resolve_days(found.today)
    return Time(attempt_days(lambda: DaySpan(*find_span(*_close_days(days)))))


@NEAR_TIMES.add(
    f"the? COUNT UNIT that|which? ({STARTS}|from) on|from|with? the? DATE",
    "the? COUNT UNIT (up) to the? DATE",
    f"the? COUNT UNIT that|which? ({ENDS}) on|with|and? including? the? DATE",
)
def read_units_from_date(found: Captures) -> Time | None:
    """ "The 10 days from 5 October", "the two weeks ending 11 October"."""
    count, unit, side, time = found.values
    if unit.name not in {"day", "week"} or time.build is None:
        return None

    def build_days(year: int) -> tuple[date, date]:
        first, last = time.build(year)
        days = count.require_value() * unit.size * (7 if unit.name == "week" else 1)
        if side in BEGINNING:
            return first, add_days(first, days - 1)
        return add_days(last, 1 - days), last

    return name_time(build_days, time.year, found.today)


def _name_near(found: Captures) -> tuple[str, str, Time]:
    """The unit, how it is to the day, and the day: "w/c" is the week that commences then."""
    *words, time = found.values
    if words[0] == "week" and len(words) == 1:
        return "week", "of", time
    if words[0] in {"w", "wc"}:
        is_end = words[-1] == "e"
        return "week", "ending" if is_end else "commencing", time
    return words[0], words[1], time


def _find_span(
    unit: str, side: str, first: date, last: date, *, week_start: WeekStart
) -> tuple[date, date]:
    """What is near some days, or the week that begins or ends with them."""
    if side in BEGINNING:
        return first, add_days(first, 6)
    if side in ENDING:
        return add_days(last, -6), last
    return find_near(
        unit, "of" if side in WITH else side, first, last, week_start=week_start
    )


def _close_days(days: DaySpan) -> tuple[date, date]:
    return days.first or date.min, days.last or date.max


def find_near(
    unit: str, side: str, first: date, last: date, *, week_start: WeekStart
) -> tuple[date, date]:
    """The day, week, weekend or month before, of or after some days."""
    if unit in {"day", "eve"}:
        day = add_days(first, -1) if side == "before" else add_days(last, 1)
        return day, day
    if unit == "weekend":
        return _find_near_weekend(side, first, last)
    name: PeriodUnit = "month" if unit == "month" else "week"
    start, end = find_unit_days(first, name, week_start)
    if side == "of":
        return start, end
    day = add_days(start, -1) if side == "before" else add_days(end, 1)
    return find_unit_days(day, name, week_start)


def _find_near_weekend(side: str, first: date, last: date) -> tuple[date, date]:
    if side == "before":
        return find_latest_weekend(until=add_days(first, -2))
    if side == "after":
        return find_latest_weekend(until=add_days(last, 7))
    return find_long_weekend(first)


@NEAR_TIMES.add(
    "the? COUNT (day|days) (before|after) the? HOLIDAY OFYEAR?",
    "the? COUNT (day|days) (before|after) the? MONTHDAYS",
    "the? COUNT (week|weeks) (before|after) the? HOLIDAY OFYEAR?",
)
def read_days_from_holiday(found: Captures) -> Time | None:
    """ "3 days before" is one day; "the 3 days before" are all of them, and so are weeks."""
    count, unit, side, anchor, *years = found.values
    build = anchor.build if isinstance(anchor, Time) else anchor.find_days
    if build is None:
        return None
    year = anchor.year if isinstance(anchor, Time) else years[0]
    before = range(found.start - 1, found.start + 1)
    is_span = any(found.reader.get_word(at) == "the" for at in before)
    if unit in {"week", "weeks"} and not is_span:
        return None

    def build_days(of_year: int) -> tuple[date, date]:
        days = count.require_value() * (7 if unit.startswith("week") else 1)
        first, last = build(of_year)
        far = add_days(first, -days) if side == "before" else add_days(last, days)
        if not is_span:
            return far, far
        return (
            (far, add_days(first, -1)) if side == "before" else (add_days(last, 1), far)
        )

    return name_time(build_days, year, found.today)


@NEAR_TIMES.add(
    "the? WEEKDAY (before|after) the? HOLIDAY OFYEAR?",
    "the? WEEKDAY (before|after) the? MONTHDAYS",
)
def read_weekday_near(found: Captures) -> Time | None:
    """The last such weekday before a day, or the first after it."""
    weekday, side, anchor, *years = found.values
    build = anchor.build if isinstance(anchor, Time) else anchor.find_days
    if build is None:
        return None

    def build_days(year: int) -> tuple[date, date]:
        first, last = build(year)
        until = add_days(first, -1) if side == "before" else add_days(last, 7)
        day = find_latest_weekday(weekday.number, until=until)
        return day, day

    year = anchor.year if isinstance(anchor, Time) else years[0]
    return name_time(build_days, year, found.today)
