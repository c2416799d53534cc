"""Rules for days of a month: "5 May", "Monday the 16th", "May 3 to 5", "the 3rd"."""

from dataclasses import replace

from agents.local.language.calendar_days import (
    ImpossibleTime,
    add_days,
    count_days,
    find_latest_weekday,
    fix_day,
    fix_days,
)
from agents.local.language.calendar_names import WEEKDAY_NAMES
from agents.local.language.grammar import Captures, Rules
from agents.local.language.readings import DaySpan, Impossible
from agents.local.language.times import Time, attempt_days, name_time
from agents.local.language.word_categories import Name

MONTH_DAYS, DAYS, DATES = Rules(), Rules(), Rules()
MAX_DAYS_BACK = 730
ENDS_OF_DAYS = frozenset(
    {
        ".", ",", ";", "!", "?", ")", "and", "or", "to", "until", "till", "-",
        "\u2013", "by", "per", "vs",
    }
)  # fmt: skip


@MONTH_DAYS.add(
    "the? DAYNUMBER of? MONTH OFYEAR?",
    "the? DAYNUMBER - MONTH OFYEAR?",
    "DAYNUMBER MONTH SHORTYEAR",
)
def read_day_month(found: Captures) -> Time | None:
    if found.reader.get_word(found.end) in {"be", "not", "have"}:
        return None
    return name_time(fix_day(found[1].number, found[0]), found[2], found.today)


@MONTH_DAYS.add("MONTH the? DAYNUMBER OFYEAR?")
def read_month_day_year(found: Captures) -> Time | None:
    if found[0].is_weak and found.reader.get_word(found.end) in {"be", "not"}:
        return None
    return name_time(fix_day(found[0].number, found[1]), found[2], found.today)


@DAYS.add("DATENUMBER", "DAYANDMONTH", "DOTTEDDAY", "MONTHDAYS")
def read_date(found: Captures) -> Time:
    time: Time = found[0]
    return time


@DAYS.add("on? WEEKDAY ,? the? MONTHDAYS", "WEEKDAY ,? the? DATENUMBER")
def read_weekday_date(found: Captures) -> Time:
    """A date with its weekday, which must be that of the date."""
    weekday: int = found[0].number
    time: Time = found[1]
    day = time.reading.first if isinstance(time.reading, DaySpan) else None
    if day is not None and day.isoweekday() != weekday:
        name = WEEKDAY_NAMES[day.isoweekday() - 1]
        return Time(Impossible(f"{day.isoformat()} is a {name}."))
    return replace(time, is_weak=False)


@DAYS.add("the? DAYRANGE of? MONTH OFYEAR?")
def read_days_month(found: Captures) -> Time:
    return name_time(fix_days(found[1].number, *found[0]), found[2], found.today)


@DAYS.add("MONTH the? DAYRANGE OFYEAR?")
def read_month_days(found: Captures) -> Time:
    return name_time(fix_days(found[0].number, *found[1]), found[2], found.today)


@DAYS.add("WEEKDAY ,? the? SHORTORDINAL", "WEEKDAY ,? the ORDINAL")
def read_weekday_ordinal(found: Captures) -> Time | None:
    """ "Monday the 16th": the latest one that is that day of its month."""
    weekday, day = found[0].number, found[1]
    if found.reader.get_word(found.end) in {"of", "in"} or not 1 <= day <= 31:
        return None
    at = find_latest_weekday(weekday, until=found.today.date)
    while (found.today.date - at).days < MAX_DAYS_BACK:
        if at.day == day:
            return Time(DaySpan(at, at))
        at = add_days(at, -7)
    return Time(Impossible(f"No {WEEKDAY_NAMES[weekday - 1]} was a {day}th lately."))


@DAYS.add(
    "WEEKDAY? ,? the? DAYNUMBER and|&|+ WEEKDAY? ,? the? DAYNUMBER of? MONTH OFYEAR?",
    "on? MONTH the? DAYNUMBER and|&|+ the? DAYNUMBER OFYEAR?",
)
def read_two_days(found: Captures) -> Time | None:
    """ "Sat 14 and Sun 15 November": days that follow each other, of one month."""
    numbers = [each for each in found.values if isinstance(each, int)]
    names = [each for each in found.values if isinstance(each, Name)]
    first, last = numbers[:2]
    if last != first + 1:
        return None
    is_behind = found.reader.read_category("MONTH", found.start) is None
    month = names[-1] if is_behind else names[0]
    year = numbers[2] if len(numbers) > 2 else None
    return name_time(fix_days(month.number, first, last), year, found.today)


@DAYS.add("the SHORTORDINAL")
def read_day_of_running_month(found: Captures) -> Time | None:
    """ "the 3rd", which may be the third of anything unless nothing follows it."""
    following = found.reader.get_word(found.end)
    if following and following not in ENDS_OF_DAYS:
        return None
    day: int = found[0]

    def build_days() -> DaySpan:
        if not 1 <= day <= 31:
            raise ImpossibleTime("A month has 31 days at most.")
        month = found.today.date
        while True:
            if day <= count_days(month.year, month.month):
                named = month.replace(day=day)
                if named <= found.today.date:
                    return DaySpan(named, named)
            month = add_days(month.replace(day=1), -1)

    return Time(attempt_days(build_days), is_weak=True)


@DATES.add("WEEKDAY? ,? the? MONTHDAYS", "WEEKDAY? ,? the? DATENUMBER")
def read_day(found: Captures) -> Time:
    time: Time = found[1] if found[0] is None else read_weekday_date(found)
    return time
