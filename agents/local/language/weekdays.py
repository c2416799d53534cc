"""Rules for single weekdays and weekends: "on Friday", "Friday last week", "last weekend"."""

from datetime import date

from agents.local.language.calendar_days import (
    add_days,
    find_latest_weekday,
    find_latest_weekend,
    find_unit_days,
)
from agents.local.language.calendar_names import ORDINAL_WORDS
from agents.local.language.grammar import Captures, Rules
from agents.local.language.qualified_times import AHEAD, BACK, QUALIFIER, find_offset
from agents.local.language.readings import DaySpan
from agents.local.language.times import Time, attempt_days, name_time
from agents.local.language.today import Today
from agents.local.language.word_categories import Name
from webapp.kit.weeks import WeekStart

WEEKDAY_TIMES = Rules()


@WEEKDAY_TIMES.add("the? WEEKDAY")
def read_weekday_name(found: Captures) -> Time | None:
    """The latest one, which may be today."""
    weekday: Name = found[0]
    if found.reader.get_word(found.start - 1) in ORDINAL_WORDS:
        return None
    days = attempt_days(lambda: span_latest(weekday.number, found.today.date))
    return Time(days, is_weak=weekday.is_weak, weekday=weekday.number)


def span_latest(weekday: int, until: date) -> DaySpan:
    day = find_latest_weekday(weekday, until=until)
    return DaySpan(day, day)


@WEEKDAY_TIMES.add(f"the? {QUALIFIER} WEEKDAY")
def read_qualified_weekday(found: Captures) -> Time:
    qualifier, weekday = found[0], found[1].number

    def find_days() -> DaySpan:
        if qualifier in BACK:
            return span_latest(weekday, add_days(found.today.date, -1))
        if qualifier in AHEAD:
            return span_latest(weekday, add_days(found.today.date, 7))
        return find_weekday(weekday, found.today.date, found.today.week_start)

    return Time(attempt_days(find_days))


PASSED = "gone|passed|past|over|ended|finished|went"


@WEEKDAY_TIMES.add(
    f"the? WEEKDAY that|which? has|have|is|was? just|recently|now {PASSED} by?",
    "the|this WEEKDAY gone|past by?",
    f"the? just {PASSED} WEEKDAY",
    "the? most recent WEEKDAY",
    "the? latest WEEKDAY",
)
def read_passed_weekday(found: Captures) -> Time:
    """ "The Friday just gone"; today is not over."""
    until = add_days(found.today.date, -1)
    return Time(attempt_days(lambda: span_latest(found[0].number, until)))


@WEEKDAY_TIMES.add("the? WEEKDAY before last")
def read_weekday_before_last(found: Captures) -> Time:
    """ "The Monday before last": a week before the last one."""
    until = add_days(found.today.date, -8)
    return Time(attempt_days(lambda: span_latest(found[0].number, until)))


@WEEKDAY_TIMES.add(
    "the? WEEKDAY of|in? the? (last|past|previous|this|current|next|coming) week"
)
def read_weekday_of_week(found: Captures) -> Time:
    return span_weekday_of_week(found[0].number, found[1], found.today)


@WEEKDAY_TIMES.add("(last|this|next|previous) week on|,? WEEKDAY")
def read_week_then_weekday(found: Captures) -> Time:
    return span_weekday_of_week(found[1].number, found[0], found.today)


def span_weekday_of_week(weekday: int, qualifier: str, today: Today) -> Time:
    def find_days() -> DaySpan:
        day = add_days(today.date, -7 * find_offset(qualifier))
        return find_weekday(weekday, day, today.week_start)

    return Time(attempt_days(find_days))


def find_weekday(weekday: int, in_week_of: date, week_start: WeekStart) -> DaySpan:
    first, _ = find_unit_days(in_week_of, "week", week_start)
    day = find_latest_weekday(weekday, until=add_days(first, 6))
    return DaySpan(day, day)


@WEEKDAY_TIMES.add("WEEKDAY of|in the? WEEKTIME")
def read_weekday_of_named_week(found: Captures) -> Time:
    week: Time = found[1]
    build = week.build
    if build is None:
        return week

    def build_days(year: int) -> tuple[date, date]:
        day = add_days(build(year)[0], found[0].number - 1)
        return day, day

    return name_time(build_days, week.year, found.today)


@WEEKDAY_TIMES.add(
    "the? weekend that|which? has|is|was? just (gone|passed|past|ended|finished|over) by?",
    "the|this weekend (gone|past) by?",
    "the? most? recent|latest (weekend)",
    "the? just (gone|passed|past|ended|finished) weekend",
)
def read_ended_weekend(found: Captures) -> Time:
    """On a Sunday, the one that it ends."""
    return Time(DaySpan(*find_latest_weekend(until=add_days(found.today.date, -1))))


@WEEKDAY_TIMES.add(
    "saturday|sat and|&|+|or sunday|sun of|on|over|at? the? (last|past|previous|this) weekend",
    "the? (last|past|previous|this) weekend ,|- saturday|sat and|&|+ sunday|sun",
    "(last|past|previous) saturday|sat and|&|+ sunday|sun",
    "both? days of the? (last|past|previous|this) weekend",
)
def read_days_of_weekend(found: Captures) -> Time:
    """Both days of it are the weekend."""
    until = found.today.date if found[0] == "this" else add_days(found.today.date, -2)
    return Time(DaySpan(*find_latest_weekend(until=until)))


@WEEKDAY_TIMES.add(f"the? {QUALIFIER} weekend", "the (weekend)", "(weekend)")
def read_weekend(found: Captures) -> Time:
    """The latest one that has begun; with "last" that is over, with "this" of this week, which for
    its Saturday and Sunday ends with them wherever others begin."""
    qualifier = found[0]
    monday, sunday = find_unit_days(found.today.date, "week", WeekStart.MONDAY)

    def find_days() -> DaySpan:
        is_begun = found.today.date.isoweekday() >= 6
        weeks = {"weekend": 0 if is_begun else -7}.get(qualifier, 0)
        if qualifier in BACK:
            weeks = -7
        elif qualifier in AHEAD:
            weeks = 7 if is_begun else 0
        return DaySpan(add_days(monday, 5 + weeks), add_days(sunday, weeks))

    return Time(attempt_days(find_days))
