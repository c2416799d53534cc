"""Rules for times counted from today: "the last 30 days", "a month ago", "year to date"."""

from dataclasses import replace

from agents.local.language.calendar_days import (
    ImpossibleTime,
    add_days,
    add_units,
    build_months,
    count_days,
)
from agents.local.language.calendar_names import TO_DATE
from agents.local.language.grammar import Captures, Rules
from agents.local.language.qualified_times import AHEAD, find_offset
from agents.local.language.readings import DaySpan, PeriodSpan
from agents.local.language.times import (
    Time,
    attempt_days,
    count_periods,
)
from agents.local.language.word_categories import Count, TimeUnit

RELATIVE = Rules()
ALL_TIME = Time(DaySpan(None, None))
GOES_ON = frozenset({"of", "in", "for", "to"})
"""Behind "since the start", say of what."""
ENDS = frozenset({"", "?", ".", "!", ",", ";", ")"})
NOT_EVER = frozenset(
    {"than", "hardly", "rarely", "scarcely", "barely", "for", "as", "if"}
)
DAYS_FROM_TODAY = {"today": 0, "yesterday": 1, "tomorrow": -1}
ROLLING = frozenset({"hour", "day"})
"""Units of which "the last 30" go on until now; of the others they are complete ones."""


@RELATIVE.add("earlier? (today|yesterday|tomorrow)")
def read_near_day(found: Captures) -> Time:
    return count_periods("day", 1, DAYS_FROM_TODAY[found[0]])


@RELATIVE.add(
    "a|one (week) ago today", "today a|one (week) ago", "this day a|one (week) ago"
)
def read_same_day_before(_: Captures) -> Time:
    return count_periods("day", 1, 7)


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
    if unit.size > 1 or is_plural(found) or _is_named(found):
        return None
    return count_periods(unit.name, 1, 0)


def _is_named(found: Captures) -> bool:
    """ "The full year 2025", "the whole month of October": that one, not the running one."""
    of = found.reader.get_word(found.end) == "of"
    behind = found.end + 1 if of else found.end
    return found.reader.read_category("WHOLE", behind) is not None


def is_plural(found: Captures) -> bool:
    return found.reader.get_word(found.end - 1).endswith("s")


@RELATIVE.add("UNIT so far")
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
    "finished|closed|completed|elapsed|done|went) by?",
    "the|this UNIT (gone|past) by?",
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


@RELATIVE.add("the? COUNT UNIT before|preceding this|the one|current UNIT?")
def read_periods_before(found: Captures) -> Time | None:
    """ "The two years before this one"."""
    count, unit, *_ = found.values
    words = {found.reader.get_word(at) for at in range(found.start, found.end)}
    is_this = "one" in words or found.reader.get_word(found.end - 1) not in {
        "this",
        "the",
    }
    if unit.name in ROLLING or not is_this:
        return None
    return Time(attempt_days(lambda: span_last(count, unit)))


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


@RELATIVE.add("NUMBER UNITLETTER")
def read_bare_last_periods(found: Captures) -> Time | None:
    """ "Orders 30d": the last ones, where nothing else is counted."""
    number, unit = found.values
    before = found.reader.get_word(found.start - 1)
    if unit.name == "hour" or before in COUNTS_FORWARD or not number:
        return None
    return Time(attempt_days(lambda: span_last(Count(number), unit)))


COUNTS_FORWARD = frozenset({
    "next", "within", "every", "in", "over", "than", "least", "most", "under", "coming", "lead",
    "of", "top", "first", "minus", "-", "+", "per", "after", "size", "ma", "sma", "rolling",
    "moving", "average", "avg", "plus", "then", "to",
})  # fmt: skip
"""Before "30d", say that these days are none of the past."""


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


@RELATIVE.add(f"the? {LAST} half of? a year")
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
        day = add_units(found.today.date, unit.name, -periods)
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
        day = min(found.today.date.day, count_days(found[0], found.today.date.month))
        return DaySpan(first, found.today.date.replace(year=found[0], day=day))

    return Time(attempt_days(build_days))


@RELATIVE.add("ttm", "ltm")
def read_trailing_months(_: Captures) -> Time:
    return count_periods("month", 12, 1)


@RELATIVE.add(
    "all time", "all - time",
    "since the? very? beginning|start|opening|launch|inception|foundation",
    "since the? beginning|start of time",
    "since we started|opened|launched|began|exist", "since day one",
    "from the? very? start|beginning on|onward|onwards?",
)  # fmt: skip
def read_all_time(found: Captures) -> Time | None:
    """ "Since the start of June" is another time."""
    return None if found.reader.get_word(found.end) in GOES_ON else ALL_TIME


@RELATIVE.add("ever")
def read_ever(found: Captures) -> Time | None:
    """At the end; "more than ever" and "ever more" say something else."""
    before = found.reader.get_word(found.start - 1)
    is_end = found.reader.get_word(found.end) in ENDS
    return ALL_TIME if is_end and before not in NOT_EVER else None
