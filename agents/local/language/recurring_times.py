"""Rules for what comes again: weekdays and hours of the day, and periods to group by."""

import re
from dataclasses import dataclass

from agents.local.language.calendar_names import COUNT_WORDS, DAYTIMES
from agents.local.language.grammar import Captures, Rules, TokenReader
from agents.local.language.readings import (
    DayHours,
    GrainName,
    Impossible,
    TimeGrain,
    Weekdays,
)
from agents.local.language.word_categories import TimeUnit, is_counted

RECURRING, GRAIN_PHRASES = Rules(), Rules()
UP_TO = "to|until|till|til|-|\u2013|\u2014|through|thru"
WORKDAYS, WEEKEND = Weekdays((1, 2, 3, 4, 5)), Weekdays((6, 7))


@dataclass(frozen=True)
class ClockTime:
    hour: int
    is_sure: bool
    """Whether it is said that it is a time of the day, and no count of something."""
    half: str = ""
    """The word "am" or "pm", if it was said."""
    problem: str = ""


NOON = 12
NAMED_HOURS = {"noon": 12, "midday": 12, "midnight": 0}
OF_CLOCKS = frozenset({"o'clock", "oclock", "h", "hrs", "uhr"})
HALVES = {"morning": "am", "afternoon": "pm", "evening": "pm"}
""" "6 in the evening" is 6 pm."""


def read_clock(reader: TokenReader, at: int) -> tuple[ClockTime, int] | None:
    """ "9", "9 am", "nine in the morning", "17:00", "17h", "9 o'clock", "12 noon"."""
    word = reader.get_word(at)
    if word in NAMED_HOURS:
        return ClockTime(NAMED_HOURS[word], is_sure=True), at + 1
    number = re.fullmatch(r"([0-9]{1,2})(:00)?", word)
    hour = int(number[1]) if number else COUNT_WORDS.get(word, 0)
    if number is None and not 1 <= hour <= 12:
        return None
    is_sure, behind = number is not None and number[2] is not None, at + 1
    if reader.get_word(behind) in OF_CLOCKS:
        is_sure, behind = True, behind + 1
    named = NAMED_HOURS.get(reader.get_word(behind)) if hour == 12 else None
    if named is not None:
        return ClockTime(named, is_sure=True), behind + 1
    half, end = _read_half_of_day(reader, behind, hour)
    clock = ClockTime(hour, is_sure or end > behind, problem=_check_hour(hour))
    return (_convert_half(hour, half) if half else clock), end


def _read_half_of_day(reader: TokenReader, at: int, hour: int) -> tuple[str, int]:
    """ "am" or "pm" for "p.m.", "in the evening", "at night", with the place behind; of an hour
    that needs none of them only the place."""
    words = tuple(reader.get_word(at + n) for n in range(4))
    half, end = "", at
    if words[0] in {"am", "pm"}:
        half, end = words[0], at + 1
    elif words[0] in {"a", "p"} and words[1:3] == (".", "m"):
        is_dotted = words[3] == "." and reader.is_glued(at + 3)
        half, end = f"{words[0]}m", at + (4 if is_dotted else 3)
    elif words[:2] == ("in", "the") and words[2] in HALVES:
        half, end = ("" if hour > NOON else HALVES[words[2]]), at + 3
    elif words[:2] == ("at", "night"):
        half, end = ("" if hour > NOON else "pm" if 6 <= hour < NOON else "am"), at + 2
    return half, end


def _check_hour(hour: int) -> str:
    return "" if hour <= 24 else f"There is no {hour} o'clock."


def _convert_half(hour: int, half: str) -> ClockTime:
    if not 1 <= hour <= 12:
        return ClockTime(
            0, is_sure=True, half=half, problem=f"There is no {hour} {half}."
        )
    return ClockTime(hour % 12 + (12 if half == "pm" else 0), is_sure=True, half=half)


@RECURRING.add(
    "between CLOCK and|to|- CLOCK",
    f"from|starting? at? CLOCK {UP_TO} CLOCK",
    "from|between? CLOCKPAIR",
)
def read_hours(found: Captures) -> DayHours | Impossible | None:
    """The second is when it ends: between 9 and 17 o'clock is until 16:59."""
    first, last = found.values if len(found.values) == 2 else found[0]
    if not (first.is_sure or last.is_sure):
        # Counts go up: "9 to 5" are hours of work.
        is_day = 12 >= first.hour > last.hour > 0 and found.end - found.start > 2
        return DayHours(first.hour, last.hour + 11) if is_day else None
    if problem := first.problem or last.problem:
        return Impossible(problem)
    start, end = _complete_half(first, last), last.hour
    if start == end:
        return Impossible("These hours end when they begin.")
    return DayHours(start % 24, (end - 1) % 24)


def _complete_half(first: ClockTime, last: ClockTime) -> int:
    """In "2 to 5 pm" both are pm, in "9 to 5 pm" the first is am."""
    if last.half == "pm" and not first.half and first.hour < 12:
        return first.hour + 12 if first.hour + 12 < last.hour else first.hour
    return first.hour


def read_clock_pair(
    reader: TokenReader, at: int
) -> tuple[tuple[ClockTime, ClockTime], int] | None:
    """ "9-17 o'clock", "9-5pm", where both numbers are one token."""
    pair = re.fullmatch(
        r"([0-9]{1,2}(?::00)?)-([0-9]{1,2}(?::00)?)", reader.get_word(at)
    )
    if pair is None:
        return None
    hours = [int(number.removesuffix(":00")) for number in pair.groups()]
    half, behind = _read_half_of_day(reader, at + 1, hours[1])
    is_sure = ":" in pair[0]
    if not half and reader.get_word(behind) in OF_CLOCKS:
        is_sure, behind = True, behind + 1
    first, last = (
        ClockTime(hour, is_sure, problem=_check_hour(hour)) for hour in hours
    )
    return (first, _convert_half(hours[1], half) if half else last), behind


@RECURRING.add(
    f"in|during the DAYPART ,? between|from? CLOCK {UP_TO}|and CLOCK",
    "in|during the DAYPART ,? between|from? CLOCKPAIR",
    f"DAYPART ,? between|from CLOCK {UP_TO}|and CLOCK",
    "DAYPART ,? between|from CLOCKPAIR",
)
def read_hours_of_part(found: Captures) -> DayHours | Impossible | None:
    """ "In the evening between 7 and 9": the part of the day says which half is meant."""
    part, *clocks = found.values
    first, last = clocks if len(clocks) == 2 else clocks[0]
    half = "am" if part == DAYTIMES["morning"] else "pm"
    if part == DAYTIMES["night"] or max(first.hour, last.hour) > 24:
        return None
    start, end = (_place_hour(each, half) for each in (first, last))
    if start >= end:
        return None
    return DayHours(start, end - 1)


def _place_hour(clock: ClockTime, half: str) -> int:
    is_said = clock.is_sure or clock.hour > 12
    return clock.hour if is_said else _convert_half(clock.hour, half).hour


@RECURRING.add(
    "in|during|within|outside|at|for? of? the|our? "
    "business|office|opening|shop|store|working|trading|core|school hours",
    "in|during|within|outside|at of? the|our? peak|off|rush hours",
)
def read_business_hours(_: Captures) -> Impossible:
    """Nobody but who says so knows which these are."""
    return Impossible("Say which hours these are, such as from 9 to 17 o'clock.")


@RECURRING.add("at|around CLOCK", "in|during? the CLOCK hour")
def read_one_hour(found: Captures) -> DayHours | Impossible | None:
    clock: ClockTime = found[0]
    if not clock.is_sure:
        return None
    if clock.problem:
        return Impossible(clock.problem)
    return DayHours(clock.hour % 24, clock.hour % 24)


ONWARD = "on|onward|onwards|upward|upwards"
NOT_BEFORE = frozenset(
    {"after", "past", "from", "since", "later", "starting", "beginning"}
)


@RECURRING.add(
    "(after|past|before|until|till|til|by|since) CLOCK",
    f"(from|starting|beginning) at|from? CLOCK and? {ONWARD}?",
    f"CLOCK and? {ONWARD}",
    "CLOCK or|and (later|after|earlier|before)",
    "(later|earlier) than CLOCK",
    "no (later|earlier) than CLOCK",
    "not (before|after|until) CLOCK",
    "any? time|anytime (after|past|before) CLOCK",
    "up (to|until|till) CLOCK",
    "(prior) to CLOCK",
)
def read_open_hours(found: Captures) -> DayHours | Impossible | None:
    values = found.values
    clock = next(each for each in values if isinstance(each, ClockTime))
    side = next((each for each in values if isinstance(each, str)), "from")
    if not clock.is_sure:
        return None
    is_before = side not in NOT_BEFORE
    if clock.hour == 0 and side in {"after", "past", "since", "from"}:
        return DayHours(0, DAYTIMES["night"][1])  # Else it would be the whole day.
    if found.reader.get_word(found.start) in {"no", "not"}:
        is_before = not is_before
    problem = clock.problem or NO_HOUR * (is_before and clock.hour == 0)
    if problem:
        return Impossible(problem)
    return DayHours(0, clock.hour - 1) if is_before else DayHours(clock.hour % 24, 23)


NO_HOUR = "No hour of a day is before midnight."


@RECURRING.add("CLOCK")
def read_impossible_clock(found: Captures) -> Impossible | None:
    clock: ClockTime = found[0]
    return Impossible(clock.problem) if clock.is_sure and clock.problem else None


@RECURRING.add(
    "in|during the DAYPART", "at (night)", "in|during the DAYPARTS", "DAYPARTS",
    "every|each DAYPART", "(overnight)",
)  # fmt: skip
def read_daytime_hours(found: Captures) -> DayHours:
    is_night = found[0] in {"night", "overnight"}
    return DayHours(*(DAYTIMES["night"] if is_night else found[0]))


@RECURRING.add(
    "on|only? on? the? WEEKDAYLIST",
    "on|for? every|each|any WEEKDAY",
    "on|of|for a|an typical|normal|regular|given? WEEKDAY",
)
def read_weekdays(found: Captures) -> Weekdays:
    days = found[0]
    return Weekdays(days) if isinstance(days, tuple) else Weekdays((days.number,))


def read_weekday_list(
    reader: TokenReader, at: int
) -> tuple[tuple[int, ...], int] | None:
    """ "Mondays", "Mondays to Fridays", "Mondays, Wednesdays and Fridays"."""
    found = reader.read_category("WEEKDAYPLURAL", at)
    if found is None:
        return None
    days, end = [found[0]], found[1]
    if reader.get_word(end) in {"to", "through", "thru", "-", "\u2013"}:
        last = reader.read_category("WEEKDAYPLURAL", end + 1)
        if last:
            count = (last[0] - days[0]) % 7
            return tuple(
                sorted((days[0] + n - 1) % 7 + 1 for n in range(count + 1))
            ), last[1]
    while following := _read_next_weekday(reader, end):
        days.append(following[0])
        end = following[1]
    return tuple(sorted(set(days))), end


def _read_next_weekday(reader: TokenReader, at: int) -> tuple[int, int] | None:
    behind = at
    while (
        reader.get_word(behind) in {",", "and", "or", "nor", "on", "&"}
        and behind < at + 3
    ):
        behind += 1
    if behind == at:
        return None
    following: tuple[int, int] | None = reader.read_category("WEEKDAYPLURAL", behind)
    return following


@RECURRING.add(
    "on|at|during? the? weekends",
    "on|at|during|over a weekend",
    "every|each weekend",
    "on|at|during? saturdays and sundays",
)
def read_weekends(found: Captures) -> Weekdays | None:
    return None if is_counted(found.reader, found.start) else WEEKEND


@RECURRING.add("on|for? every|each WEEKDAY and|or|& every|each? WEEKDAY")
def read_two_weekdays(found: Captures) -> Weekdays:
    return Weekdays(tuple(sorted({found[0].number, found[1].number})))


@RECURRING.add(
    "on|during? weekdays|workdays", "every|each weekday|workday",
    "on|during? business|working days", "every|each business|working day",
)  # fmt: skip
def read_workdays(_: Captures) -> Weekdays:
    return WORKDAYS


@RECURRING.add(
    "on? every|each the? ORDINAL of the|each|every? month",
    "on? the ORDINAL day? of every|each month",
)
def read_day_of_each_month(_: Captures) -> Impossible:
    return Impossible("I have figures by day, but not by the day of whatever month.")


# Periods to group by.


@GRAIN_PHRASES.add("by|per|each|every UNIT", "for|in|on each|every UNIT")
def read_grain(found: Captures) -> TimeGrain | None:
    """ "By day of the month" is another one, and not known here."""
    unit: TimeUnit = found[0]
    is_part = found.reader.get_word(found.end) == "of" and any(
        found.reader.read_category("UNIT", found.end + skip) for skip in (1, 2)
    )
    return TimeGrain(unit.name) if unit.size == 1 and not is_part else None


@GRAIN_PHRASES.add(
    "GRAINWORD",
    "on|at a? GRAINWORD basis|level|detail|scale|rhythm|cadence",
    "in|at|with a? GRAINWORD steps|step|intervals|buckets|bins|increments|granularity|resolution",
    "GRAINWORD steps|intervals|buckets|bins|increments|granularity|resolution|figures|basis",
)
def read_grain_adverb(found: Captures) -> TimeGrain:
    return TimeGrain(found[0])


@GRAIN_PHRASES.add("UNIT - wise", "UNIT wise", "(daywise|weekwise|monthwise|yearwise)")
def read_unit_wise(found: Captures) -> TimeGrain:
    """ "Month-wise revenue"."""
    unit = found[0]
    return TimeGrain(unit.name if isinstance(unit, TimeUnit) else WISE[unit])


WISE: dict[str, GrainName] = {
    "daywise": "day", "weekwise": "week", "monthwise": "month", "yearwise": "year",
}  # fmt: skip


@GRAIN_PHRASES.add(
    "UNIT by|after|for|upon UNIT",
    "UNIT - by|for|after - UNIT",
    "from UNIT to UNIT",
    "from? one|each|every UNIT to|into|and the (next|following|other)",
    "from? one|each|every UNIT to another|(next)",
    "from? one|each|every UNIT to the? (next|following|other) UNIT",
    "between one|each|every UNIT and the (next|following|other)",
    "from UNIT to the? (next|following) UNIT",
    "UNIT to UNIT",
    "UNIT - to - UNIT",
    "one|a UNIT at a time",
    "one UNIT after another",
    "one UNIT after the other",
    "on a UNIT by UNIT basis",
    "on a UNIT - by - UNIT basis",
)
def read_grain_twice(found: Captures) -> TimeGrain | None:
    first, *others = found.values
    units = [each for each in others if isinstance(each, TimeUnit)]
    is_one = all(each == first for each in units) and first.size == 1
    return TimeGrain(first.name) if is_one else None


@GRAIN_PHRASES.add(
    "by|per|for|each|every? the? hour|hours of the? day",
    "by|per|on|at|over? the? time|times of the? day",
    "by|per|for|each|every? the? hour|hours of? the? day? from? 0-23|0-24|00-23|1-24",
    "by|per|for|each|every? the? hour|hours of? the? day? from? 0 to|through|- 23|24",
)
def read_hour_of_day(_: Captures) -> TimeGrain:
    return TimeGrain("hour_of_day")


@GRAIN_PHRASES.add(
    "by|per weekday|weekdays", "by|per|for|each|every? the? day|days of the? week",
    "by|per day - of - week",
)  # fmt: skip
def read_day_of_week(_: Captures) -> TimeGrain:
    return TimeGrain("weekday")


@GRAIN_PHRASES.add(
    "when|where during|in|within|of|on|over|across? the|a (week|day)",
    "at|by|on|in? what|which|whatever time|part|point|moment of|in|during the|a (week|day)",
    "at|by|on|in|around? what|which (o'clock|oclock)",
)
def read_when_within(found: Captures) -> TimeGrain | None:
    """ "When during the day are sales highest", "at which o'clock": an hour, whatever the day."""
    word, following = found[0], found.reader.get_word(found.end)
    if following in {"of", "that", "before", "after", "we", "by", "-"}:
        return None
    return TimeGrain("weekday" if word == "week" else "hour_of_day")


@GRAIN_PHRASES.add("over|across|through|throughout|during|within|in the (week|day)")
def read_spread(found: Captures) -> TimeGrain | None:
    """ "How do orders spread over the week": over the days of whatever week."""
    words = (found.reader.get_word(at) for at in range(found.start))
    if SPREADING.isdisjoint(words):
        return None
    return TimeGrain("weekday" if found[0] == "week" else "hour_of_day")


SPREADING = frozenset({
    "spread", "spreads", "distribute", "distributed", "distributes", "distribution", "pattern",
    "profile",
})  # fmt: skip


@GRAIN_PHRASES.add(
    "over|across|on|for|by|into? WEEKDAY , WEEKDAY ,? and? so on|forth",
    "over|across|on|for|by|into? WEEKDAY , WEEKDAY ,? and? etc|etcetera|...|…",
    "over|across|on|for|by|into? WEEKDAYPLURAL , WEEKDAYPLURAL ,? and? so on|forth",
    "over|across|on|for|by|into? WEEKDAYPLURAL , WEEKDAYPLURAL ,? and? etc|etcetera|...|…",
)
def read_weekdays_and_so_on(_: Captures) -> TimeGrain:
    return TimeGrain("weekday")


@GRAIN_PHRASES.add(
    "in|for? MONTH , in|for? MONTH ,? and? in|for? MONTH? ,? and? so on|forth",
    "in|for? MONTH , in|for? MONTH ,? and? in|for? MONTH? ,? and? etc|etcetera|...|…",
)
def read_months_and_so_on(_: Captures) -> TimeGrain:
    return TimeGrain("month")


@GRAIN_PHRASES.add("by|per|for|each|every? the? month of the? year")
def read_month_of_year(_: Captures) -> TimeGrain:
    return TimeGrain("month_of_year")
