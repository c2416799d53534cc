"""Rules for times that are open on a side: "since May", "until the end of June". Pure."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from agents.local.language.calendar_days import (
    BuildDays,
    ImpossibleTime,
    add_days,
    add_units,
)
from agents.local.language.grammar import Captures, Rules, TokenReader
from agents.local.language.readings import Ambiguous, DaySpan, Impossible, PeriodSpan
from agents.local.language.time_ranges import (
    TO,
    ask_which,
    describe_days,
    find_end,
    find_start,
    is_likely_year,
    list_readings,
)
from agents.local.language.times import Time, attempt_days
from agents.local.language.today import Today
from agents.local.language.years import COUNTED, FIGURES

BOUNDS = Rules()
SINCE = "since|starting|beginning"
SEARCHING_THROUGH = frozenset({
    "look", "looking", "looked", "go", "going", "comb", "run", "running", "sift", "search", "scan",
    "browse", "dig", "read", "work",
})  # fmt: skip
"""Before "through", say that a time is examined."""


@dataclass(frozen=True)
class OpenTime:
    """A time with a bound: "since May"."""

    reading: DaySpan | Ambiguous | Impossible


def bound_time(time: Time, side: str, today: Today) -> OpenTime:
    """The days on a side of a time, both sides of which may be ambiguous."""
    options = list_readings(time)
    if not options:
        problem = time.reading
        return OpenTime(
            problem
            if isinstance(problem, Impossible)
            else Impossible("It has no days.")
        )
    spans = [attempt_days(partial(_bound_days, o, side, today)) for o in options]
    possible = tuple(each for each in spans if isinstance(each, DaySpan))
    if len(possible) > 1:
        return OpenTime(Ambiguous(possible, ask_which(possible)))
    problem = spans[0]
    if not possible and isinstance(problem, Impossible):
        return OpenTime(problem)
    return OpenTime(possible[0])


def _bound_days(time: Time, side: str, today: Today) -> DaySpan:
    start, end = find_start(time, today), find_end(time, today)
    if start is None or end is None:
        raise ImpossibleTime("A time without an end has no time after or before it.")
    return {
        "since": lambda: DaySpan(start, None),
        "until": lambda: DaySpan(None, end),
        "after": lambda: DaySpan(add_days(end, 1), None),
        "before": lambda: DaySpan(None, add_days(start, -1)),
    }[side]()


def is_bound(time: Time, today: Today) -> bool:
    return not isinstance(time.reading, PeriodSpan) or (
        time.reading.unit != "hour" and is_likely_year(time, today)
    )


@BOUNDS.add(
    f"{SINCE} from|in|on|with|at? the? TIME",
    "from the? TIME on|onward|onwards|forward",
    "as from the? TIME",
)
def read_since(found: Captures) -> OpenTime | None:
    return bound_known(found, "since")


def bound_known(found: Captures, side: str) -> OpenTime | None:
    time: Time = found[0]
    if is_distance(found.reader, found.start) or not is_bound(time, found.today):
        return None
    return bound_time(time, side, found.today)


def is_distance(reader: TokenReader, at: int) -> bool:
    """Whether it is "two weeks before" something, rather than all before it."""
    if at < 2:
        return False
    count = reader.read_category("COUNT", at - 2)
    return bool(count and reader.read_category("UNIT", at - 1))


@BOUNDS.add(
    "until|till|til|thru|through the? TIME",
    "up to|until|till the? TIME",
    "ending on|in? the? TIME",
    f"from|since the? very? start|beginning|outset|opening|launch on? up? {TO} the? TIME",
    f"from|since our|the? very? first day on? up? {TO} the? TIME",
    f"from day one on? up? {TO} the? TIME",
)
def read_until(found: Captures) -> OpenTime | None:
    """ "Look through last month" is of that month."""
    if found.reader.get_word(found.start - 1) in SEARCHING_THROUGH:
        return None
    return bound_known(found, "until")


@BOUNDS.add("before the? TIME", "prior to the? TIME", "earlier than the? TIME")
def read_before(found: Captures) -> OpenTime | None:
    return bound_known(found, "before")


@BOUNDS.add("after the? TIME", "later than the? TIME")
def read_after(found: Captures) -> OpenTime | None:
    return bound_known(found, "after")


@BOUNDS.add("after the? TIME and|but? before the? TIME")
def read_after_before(found: Captures) -> OpenTime:
    def find_days() -> DaySpan:
        start, end = find_end(found[0], found.today), find_start(found[1], found.today)
        if start is None or end is None:
            raise ImpossibleTime(
                "A time without an end has no time after or before it."
            )
        first, last = add_days(start, 1), add_days(end, -1)
        if first > last:
            raise ImpossibleTime(f"It ends on {last} before it begins on {first}.")
        return DaySpan(first, last)

    reading = attempt_days(find_days)
    return OpenTime(
        reading if isinstance(reading, DaySpan | Impossible) else Impossible("")
    )


@BOUNDS.add("until|till|til|through now", "up to|until now")
def read_until_today(found: Captures) -> OpenTime:
    return OpenTime(DaySpan(None, found.today.date))


@BOUNDS.add("as of the? TIME")
def read_as_of(found: Captures) -> OpenTime:
    """What was so at a time, or all since then."""
    since = bound_time(found[0], "since", found.today).reading
    until = bound_time(found[0], "until", found.today).reading
    if is_up_to(found.reader, found.start, found.end):
        return OpenTime(until)
    if not (isinstance(since, DaySpan) and isinstance(until, DaySpan)):
        return OpenTime(until)
    if until.last == found.today.date:
        return OpenTime(until)
    question = f"Until {until.last}, or since {since.first}?"
    return OpenTime(Ambiguous((until, since), question))


def is_up_to(reader: TokenReader, start: int, end: int) -> bool:
    """ "To date as of 30 June", "as of 30 June inclusive"."""
    before = {reader.get_word(start - n) for n in range(1, MAX_WORDS_TO_DATE)}
    following = {reader.get_word(end + n) for n in range(3)}
    return not before.isdisjoint({"date", "cumulative", "accumulated"}) or (
        not following.isdisjoint({"inclusive", "included", "including"})
    )


MAX_WORDS_TO_DATE = 4


@BOUNDS.add("from the? TIME")
def read_from(found: Captures) -> OpenTime | None:
    """ "Orders from May" are those of May or those since then; of a time that is counted from today
    it is that time, and nothing that is open."""
    time: Time = found[0]
    if time.bare_year is not None and not is_from_year(found):
        return None
    if not isinstance(time.reading, DaySpan):
        return bound_time(time, "since", found.today) if is_open(time) else None
    reading, since = time.reading, DaySpan(time.reading.first, None)
    alone = describe_days(reading)
    question = f"Only {alone}, or everything since {reading.first}?"
    return OpenTime(Ambiguous((since, reading), question))


def is_from_year(found: Captures) -> bool:
    """ "From 2000 to 2500" are prices where the second is no year."""
    is_range = found.reader.get_word(found.end) in TO.split("|")
    return not is_range and is_likely_year(found[0], found.today)


def is_open(time: Time) -> bool:
    return isinstance(time.reading, Ambiguous | Impossible)


@BOUNDS.add("by the? TIME")
def read_by(found: Captures) -> OpenTime | None:
    if found.reader.get_word(found.end) in FIGURES | COUNTED:
        return None  # "Rank them by Q3 orders".
    return _read_deadline(found, found[0])


def _read_deadline(found: Captures, time: Time) -> OpenTime | None:
    """Without a year it is one that was, or a deadline that is to come."""
    if time.is_weak and time.bare_year is not None:
        return (
            bound_known(found, "until") if is_likely_year(time, found.today) else None
        )
    until = bound_time(time, "until", found.today)
    coming = find_coming(time, found.today)
    if (
        coming is None
        or not isinstance(until.reading, DaySpan)
        or not until.reading.last
    ):
        return until
    later = DaySpan(None, coming)
    if later == until.reading:
        return until
    question = f"By {until.reading.last} or by {coming}?"
    return OpenTime(Ambiguous((until.reading, later), question))


def find_coming(time: Time, today: Today) -> date | None:
    """The end of the next one of a time that is named without a year."""
    if time.weekday:
        return add_days(today.date, (time.weekday - today.date.isoweekday()) % 7)
    build = time.build
    if build is None or time.year is not None:
        return None
    for year in (today.date.year, today.date.year + 1):
        reading = attempt_days(partial(_build_span, build, year))
        if isinstance(reading, DaySpan) and reading.last and reading.last >= today.date:
            return reading.last
    return None


def _build_span(build: BuildDays, year: int) -> DaySpan:
    return DaySpan(*build(year))


@BOUNDS.add("since COUNT UNIT")
def read_since_periods(found: Captures) -> OpenTime | None:
    count, unit = found.values
    if unit.name == "hour":
        return None

    def find_days() -> DaySpan:
        back = -count.require_value() * unit.size
        return DaySpan(add_units(found.today.date, unit.name, back), None)

    reading = attempt_days(find_days)
    return OpenTime(reading) if isinstance(reading, DaySpan | Impossible) else None
