"""Rules for parts of other times: "the first week of May", "the end of the month"."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from agents.local.language.calendar_days import (
    ImpossibleTime,
    add_days,
    add_units,
    count_whole_months,
    find_nth_weekday,
)
from agents.local.language.grammar import Captures, Rules
from agents.local.language.qualified_times import QUALIFIER, find_offset
from agents.local.language.readings import DaySpan, PeriodSpan, PeriodUnit
from agents.local.language.relative_times import ROLLING, is_plural
from agents.local.language.times import Time, attempt_days, count_periods, name_time
from agents.local.language.today import Today
from agents.local.language.word_categories import TimeUnit

PARTS, WHOLES = Rules(), Rules()
FindPart = Callable[[date, date], tuple[date, date]]
OF = "of|in"
FIRST_HALVES = frozenset({"first", "1st", "former", "front", "initial"})
THIRDS = {
    "beginning": 0, "start": 0, "early": 0, "middle": 1, "mid": 1, "end": 2, "late": 2,
}  # fmt: skip


def take_part(time: Time, find_part: FindPart, today: Today) -> Time:
    """A part of a time, which is of the same year; of a yearless one it is yearless as well."""
    build = time.build
    if build is not None:

        def build_part(year: int) -> tuple[date, date]:
            return find_part(*build(year))

        return name_time(build_part, time.year, today)

    def find_days() -> DaySpan:
        days = time.resolve_days(today)
        if days.first is None or days.last is None:
            raise ImpossibleTime("A part of a time without an end is not known.")
        return DaySpan(*find_part(days.first, days.last))

    return replace(Time(attempt_days(find_days)), year=time.year)


def span_units(unit: TimeUnit, skip: int, count: int) -> FindPart:
    """Units from the beginning, or with a negative `skip` up to the end, of some days."""

    def find_part(first: date, last: date) -> tuple[date, date]:
        if skip >= 0:
            start = add_units(first, unit.name, skip * unit.size)
            end = add_days(add_units(start, unit.name, count * unit.size), -1)
        else:
            start = add_units(add_days(last, 1), unit.name, -count * unit.size)
            end = last
        if start < first or end > last:
            reason = "It is not that long."
            raise ImpossibleTime(reason)
        return start, end

    return find_part


@PARTS.add(f"the? ORDINAL UNIT {OF} the? WHOLE")
def read_nth_unit(found: Captures) -> Time | None:
    number, unit, whole = found.values
    if unit.name == "hour" or number < 1:
        return None
    return take_part(whole, span_units(unit, number - 1, 1), found.today)


@PARTS.add(f"the? last|final UNIT {OF} the? WHOLE")
def read_last_unit(found: Captures) -> Time | None:
    unit, whole = found.values
    if unit.name in {"hour", "year"}:
        return None
    return take_part(whole, span_units(unit, -1, 1), found.today)


@PARTS.add(f"the? (first|last|final) COUNT UNIT {OF} the? WHOLE")
def read_edge_units(found: Captures) -> Time | None:
    side, count, unit, whole = found.values
    if unit.name == "hour":
        return None

    def find_part(first: date, last: date) -> tuple[date, date]:
        skip = 0 if side == "first" else -1
        return span_units(unit, skip, count.require_value())(first, last)

    return take_part(whole, find_part, found.today)


@PARTS.add(f"the? ORDINAL {OF} WHOLE", "the? day DAYNUMBER of WHOLE")
def read_nth_day(found: Captures) -> Time | None:
    number, whole = found.values
    if not is_month(whole, found.today):
        return None
    return take_part(whole, span_units(TimeUnit("day"), number - 1, 1), found.today)


def is_month(time: Time, today: Today) -> bool:
    if isinstance(time.reading, PeriodSpan):
        return time.reading.unit == "month" and time.reading.count == 1
    try:
        days = time.resolve_days(today)
    except ImpossibleTime:
        return False
    return bool(
        days.first and days.last and count_whole_months(days.first, days.last) == 1
    )


@PARTS.add(
    f"the? ORDINAL WEEKDAY {OF} the? WHOLE",
    f"the? (last|final) WEEKDAY {OF} the? WHOLE",
)
def read_nth_weekday(found: Captures) -> Time:
    number, weekday, whole = found.values
    nth = number if isinstance(number, int) else -1

    def find_part(first: date, last: date) -> tuple[date, date]:
        day = find_nth_weekday(first, last, weekday.number, nth)
        return day, day

    return take_part(whole, find_part, found.today)


@PARTS.add(
    f"the? ORDINAL weekend {OF} the? WHOLE",
    f"the? (last|final) weekend {OF} the? WHOLE",
)
def read_nth_weekend(found: Captures) -> Time:
    """A weekend belongs to the time in which its Saturday is."""
    number, whole = found.values
    nth = number if isinstance(number, int) else -1

    def find_part(first: date, last: date) -> tuple[date, date]:
        day = find_nth_weekday(first, last, 6, nth)
        return day, add_days(day, 1)

    return take_part(whole, find_part, found.today)


@PARTS.add(
    "the? (first|second|1st|2nd|last|other|former|latter|front|back|initial|final) half of|in? "
    "the? month? of? WHOLE"
)
def read_half(found: Captures) -> Time:
    """Of a month 15 days and the rest; of longer times whole months where they come out even."""
    which, whole = found.values
    is_first = which in FIRST_HALVES

    def find_part(first: date, last: date) -> tuple[date, date]:
        middle = find_middle(first, last)
        return (first, middle) if is_first else (add_days(middle, 1), last)

    return take_part(whole, find_part, found.today)


def find_middle(first: date, last: date) -> date:
    """The last day of the first half."""
    months = count_whole_months(first, last)
    if months == 1:
        return add_days(first, 14)
    if months and months % 2 == 0:
        return add_days(add_units(first, "month", months // 2), -1)
    return add_days(first, ((last - first).days + 1) // 2 - 1)


@PARTS.add(
    "the? (beginning|start|middle|end) of the? WHOLE",
    "(early|mid|late) -? in|on? WHOLE",
)
def read_third(found: Captures) -> Time | None:
    """One third; "until the end of June" means the last day, which is the edge."""
    which, whole = found.values
    third = THIRDS[which]
    if not is_divisible(whole):
        return None

    def find_part(first: date, last: date) -> tuple[date, date]:
        return find_third(first, last)[third]

    part = take_part(whole, find_part, found.today)
    if not isinstance(part.reading, DaySpan) or which in {"early", "mid", "late"}:
        return part
    edges = {0: part.reading.first, 2: part.reading.last}
    return replace(part, edge=edges.get(third))


@PARTS.add("the? rest|remainder of the? WHOLE")
def read_rest(found: Captures) -> Time | None:
    """ "The rest of the year": what is still to come of it."""
    try:
        days = found[0].resolve_days(found.today)
    except ImpossibleTime:
        return None
    first = add_days(found.today.date, 1)
    is_running = (
        days.first
        and days.last
        and days.first <= found.today.date
        and first <= days.last
    )
    return Time(DaySpan(first, days.last)) if is_running else None


@PARTS.add("(beginning|start|end) of (week|month|quarter|year)")
def read_third_of_running(found: Captures) -> Time:
    """ "End of year", which is the running one."""
    which, unit = found.values
    third = THIRDS[which]
    part = take_part(
        count_periods(unit, 1, 0),
        lambda first, last: find_third(first, last)[third],
        found.today,
    )
    days = part.reading
    if not isinstance(days, DaySpan):
        return part
    return replace(part, edge=days.first if third == 0 else days.last)


def is_divisible(time: Time) -> bool:
    """Whether it is a week at least; a day has no third."""
    reading = time.reading
    if isinstance(reading, PeriodSpan):
        return reading.unit not in ROLLING
    if isinstance(reading, DaySpan) and reading.first and reading.last:
        return (reading.last - reading.first).days >= 6
    return False


def find_third(first: date, last: date) -> list[tuple[date, date]]:
    """Ten days of a month, one month of a quarter, two and three days of a week."""
    months = count_whole_months(first, last)
    if months and months % 3 == 0:
        starts = [add_units(first, "month", n * months // 3) for n in (1, 2)]
    else:
        length = (last - first).days + 1
        third = 10 if months == 1 else max(length // 3, 1)
        starts = [add_days(first, third), add_days(first, 2 * third)]
    bounds = [first, *starts, add_days(last, 1)]
    return [(bounds[n], add_days(bounds[n + 1], -1)) for n in range(3)]


@WHOLES.add("the UNIT")
def read_whole_unit(found: Captures) -> Time | None:
    """The running period: "the end of the month"."""
    unit: TimeUnit = found[0]
    names: set[PeriodUnit] = {"week", "month", "quarter", "year"}
    is_period = unit.name in names and unit.size == 1 and not is_plural(found)
    return count_periods(unit.name, 1, 0) if is_period else None


@WHOLES.add(f"the? {QUALIFIER} UNIT")
def read_whole_period(found: Captures) -> Time | None:
    qualifier, unit = found.values
    offset = find_offset(qualifier)
    return count_periods(unit.name, 1, offset) if unit.size == 1 else None
