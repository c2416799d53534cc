"""Rules for times counted from today, and for parts of other times: "the first week of May"."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from agents.local.language.calendar_days import (
    ImpossibleTime,
    add_days,
    add_units,
    build_months,
    count_days,
    find_nth_weekday,
)
from agents.local.language.calendar_names import TO_DATE
from agents.local.language.grammar import Captures, Rules
from agents.local.language.qualified_times import AHEAD, QUALIFIER, find_offset
from agents.local.language.readings import DaySpan, PeriodSpan, PeriodUnit
from agents.local.language.times import (
    Time,
    attempt_days,
    count_periods,
    name_time,
)
from agents.local.language.word_categories import Count, TimeUnit

RELATIVE, PARTS = Rules(), Rules()
DAYS_FROM_TODAY = {"today": 0, "yesterday": 1, "tomorrow": -1}
ROLLING = frozenset({"hour", "day"})
"""Units of which "the last 30" go on until now; of the others they are complete ones."""


@RELATIVE.add("earlier? (today|yesterday|tomorrow)")
def read_near_day(found: Captures) -> Time:
    return count_periods("day", 1, DAYS_FROM_TODAY[found[0]])


@RELATIVE.add("the? day before (yesterday)", "the? day after (tomorrow)")
def read_second_day(found: Captures) -> Time:
    return count_periods("day", 1, 2 * DAYS_FROM_TODAY[found[0]])


@RELATIVE.add(
    "earlier? (this) UNIT",
    "earlier? (this) UNIT so far",
    "so far (this) UNIT",
    "so far in? the? (current) UNIT",
    "the? (current|running|ongoing) UNIT",
    "the? (current|running|ongoing) UNIT so far",
    "the (whole|entire|full) UNIT",
)
def read_running_period(found: Captures) -> Time | None:
    unit: TimeUnit = found[1]
    if unit.size > 1 or is_plural(found):
        return None
    return count_periods(unit.name, 1, 0)


def is_plural(found: Captures) -> bool:
    return found.reader.get_word(found.end - 1).endswith("s")


@RELATIVE.add("UNIT so far", "the UNIT so far")
def read_period_so_far(found: Captures) -> Time | None:
    return count_periods(found[0].name, 1, 0) if found[0].size == 1 else None


WHOLE_ONES = "full|complete|completed|whole|entire|finished|closed|calendar|consecutive"


@RELATIVE.add(
    f"the? (last|past|previous|prior) {WHOLE_ONES}? UNIT",
    "the? most? recent|latest|last (completed|complete|full|whole|finished) UNIT",
    "the? (next|coming|upcoming) UNIT",
)
def read_next_period(found: Captures) -> Time | None:
    qualifier, unit = found.values
    if is_plural(found):
        return None
    offset = find_offset("next" if qualifier in AHEAD else "last")
    return count_periods(unit.name, unit.size, offset if offset > 0 else -unit.size)


@RELATIVE.add(
    "the? UNIT that|which? has|have|is|was? just|recently|now (over|gone|passed|past|ended|"
    "finished|closed|completed|elapsed|done) by?",
    "the? just|recently|newly (ended|finished|closed|completed|elapsed|passed) UNIT",
    "the? just - (ended|finished|closed|completed|elapsed|passed) UNIT",
    "the? UNIT we|i have|we've? just|recently (finished|closed|completed|ended|left)",
)
def read_ended_period(found: Captures) -> Time | None:
    """ "The month that just ended", "the week just gone"."""
    unit = next(each for each in found.values if isinstance(each, TimeUnit))
    if unit.size > 1 or found.reader.get_word(found.start) in {"a", "each", "every"}:
        return None
    return count_periods(unit.name, 1, 1)


@RELATIVE.add("the? UNIT before last")
def read_period_before_last(found: Captures) -> Time | None:
    return count_periods(found[0].name, 1, 2) if found[0].size == 1 else None


LAST = "last|past|previous|prior|trailing|rolling"


@RELATIVE.add(
    f"the|these? {LAST} COUNT UNIT",
    f"the? {LAST} COUNT - UNIT",
    f"the? {LAST} COUNT UNITLETTER",
)
def read_last_periods(found: Captures) -> Time:
    count, unit = found.values
    return Time(attempt_days(lambda: span_last(count, unit)))


@RELATIVE.add(
    f"the|these? {LAST} COUNT {WHOLE_ONES} UNIT",
    f"the|these? {LAST} {WHOLE_ONES} COUNT UNIT",
    f"the? COUNT {LAST} {WHOLE_ONES}? UNIT",
    f"the? COUNT most? recent|latest {WHOLE_ONES}? UNIT",
    f"the? most? recent|latest COUNT {WHOLE_ONES}? UNIT",
)
def read_last_whole_periods(found: Captures) -> Time | None:
    """ "The last two full weeks", "the 7 last days": full ones are over."""
    count, unit = found.values
    if not is_plural(found) and count.value != 1:
        return None  # "Less than 1500 last month".
    words = {found.reader.get_word(at) for at in range(found.start, found.end)}
    is_over = not words.isdisjoint(WHOLE_ONES.split("|"))

    def find_span() -> PeriodSpan:
        span = span_last(count, unit)
        return replace(span, offset=1) if is_over else span

    return Time(attempt_days(find_span))


def span_last(count: Count, unit: TimeUnit) -> PeriodSpan:
    periods = count.require_value() * unit.size
    return PeriodSpan(unit.name, periods, 0 if unit.name in ROLLING else 1)


@RELATIVE.add("l COUNT UNITLETTER", "l COUNT (m)")
def read_short_last_periods(found: Captures) -> Time | None:
    count, unit = found.values
    if not (
        found.reader.is_glued(found.start + 1) and found.reader.is_glued(found.end - 1)
    ):
        return None
    named = TimeUnit("month") if unit == "m" else unit
    return Time(attempt_days(lambda: span_last(count, named)))


@RELATIVE.add("the? (next|coming|following) COUNT UNIT")
def read_next_periods(found: Captures) -> Time:
    _, count, unit = found.values

    def count_next() -> PeriodSpan:
        periods = count.require_value() * unit.size
        return PeriodSpan(unit.name, periods, -periods)

    return Time(attempt_days(count_next))


@RELATIVE.add("COUNT - UNIT", "COUNT UNIT")
def read_length_of_course(found: Captures) -> Time | None:
    """ "The 10-week trend", "a 6 month history": how far back it goes."""
    if found.reader.get_word(found.end) not in COURSES:
        return None
    return Time(attempt_days(lambda: span_last(*found.values)))


COURSES = frozenset({
    "trend", "trends", "history", "development", "progression", "evolution", "timeline", "course",
    "lookback", "retrospective", "trajectory",
})  # fmt: skip


@RELATIVE.add(f"the? {LAST} half a year", f"the? {LAST} half of? a year")
def read_last_half_year(_: Captures) -> Time:
    return count_periods("month", 6, 1)


@RELATIVE.add(f"the? {LAST} year and a half")
def read_last_year_and_half(_: Captures) -> Time:
    return count_periods("month", 18, 1)


@RELATIVE.add("COUNT UNIT ago", "COUNT UNIT back")
def read_periods_ago(found: Captures) -> Time | None:
    count, unit = found.values
    if found.reader.get_word(found.start - 1) in {"than", "over", "under"}:
        return None
    return Time(
        attempt_days(
            lambda: PeriodSpan(unit.name, 1, count.require_value() * unit.size)
        )
    )


@RELATIVE.add("a|an|one UNIT ago", "half a year (ago)")
def read_period_ago(found: Captures) -> Time | None:
    if found.reader.get_word(found.start - 1) in {"than", "over", "under"}:
        return None
    if found[0] == "ago":
        return count_periods("month", 1, 6)
    return count_periods(found[0].name, 1, found[0].size)


@RELATIVE.add(
    "more than COUNT UNIT ago", "over COUNT UNIT ago", "longer than COUNT UNIT ago"
)
def read_before_periods_ago(found: Captures) -> Time:
    count, unit = found.values

    def build_days() -> DaySpan:
        periods = count.require_value() * unit.size
        if unit.name == "hour":
            raise ImpossibleTime("Only days and longer can be that long ago here.")
        day = add_units(found.today, unit.name, -periods)
        return DaySpan(None, add_days(day, -1))

    return Time(attempt_days(build_days))


@RELATIVE.add("COUNT UNIT from now|today")
def read_periods_from_now(found: Captures) -> Time:
    count, unit = found.values
    return Time(
        attempt_days(
            lambda: PeriodSpan(unit.name, 1, -count.require_value() * unit.size)
        )
    )


@RELATIVE.add("(mtd|qtd|ytd|wtd)")
def read_short_to_date(found: Captures) -> Time:
    return count_periods(TO_DATE[found[0]], 1, 0)


@RELATIVE.add("the? this? UNIT to date", "the? UNIT - to - date")
def read_to_date(found: Captures) -> Time | None:
    return count_periods(found[0].name, 1, 0) if found[0].size == 1 else None


@RELATIVE.add(
    "ytd in|of|for? YEARWORDS",
    "year to date in|of|for? YEARWORDS",
    "YEARWORDS ytd",
    "YEARWORDS year - to - date",
    "YEARWORDS year? to date",
)
def read_year_to_date(found: Captures) -> Time:
    """Of another year: up to the same day."""

    def build_days() -> DaySpan:
        first, _ = build_months(found[0], 1, 1)
        day = min(found.today.day, count_days(found[0], found.today.month))
        return DaySpan(first, found.today.replace(year=found[0], day=day))

    return Time(attempt_days(build_days))


@RELATIVE.add("ttm", "ltm")
def read_trailing_months(_: Captures) -> Time:
    return count_periods("month", 12, 1)


@RELATIVE.add("all time", "all - time", "since the beginning", "since we started")
def read_all_time(_: Captures) -> Time:
    return Time(DaySpan(None, None))


# Parts of other times.

FindPart = Callable[[date, date], tuple[date, date]]
OF = "of|in"


def take_part(time: Time, find_part: FindPart, today: date) -> Time:
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


def is_month(time: Time, today: date) -> bool:
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


FIRST_HALVES = frozenset({"first", "1st", "former", "front", "initial"})


def find_middle(first: date, last: date) -> date:
    """The last day of the first half."""
    months = count_whole_months(first, last)
    if months == 1:
        return add_days(first, 14)
    if months and months % 2 == 0:
        return add_days(add_units(first, "month", months // 2), -1)
    return add_days(first, ((last - first).days + 1) // 2 - 1)


def count_whole_months(first: date, last: date) -> int:
    """0 for days that are no whole months."""
    behind = add_days(last, 1)
    if first.day != 1 or behind.day != 1:
        return 0
    return (behind.year - first.year) * 12 + behind.month - first.month


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


THIRDS = {
    "beginning": 0, "start": 0, "early": 0, "middle": 1, "mid": 1, "end": 2, "late": 2,
}  # fmt: skip


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


WHOLES = Rules()


@WHOLES.add("the UNIT", "this UNIT")
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
