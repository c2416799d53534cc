"""Rules for times that refer to another query: comparisons, and shifts of its window."""

from datetime import date

from agents.local.language.calendar_days import add_days, fix_part
from agents.local.language.calendar_names import (
    SHORT_COMPARISONS,
    WORDS_OF_OTHER_USE_IN_SHORT,
)
from agents.local.language.comparison_words import PREPOSITIONS
from agents.local.language.grammar import Captures, Rules, TokenReader
from agents.local.language.readings import (
    Ambiguous,
    DaySpan,
    Impossible,
    PeriodUnit,
    SameDates,
    TimeComparison,
    TimeShift,
)
from agents.local.language.time_parts import find_middle, take_part
from agents.local.language.times import Time, name_time
from agents.local.language.word_categories import Count, TimeUnit
from agents.local.language.years import COUNTED, NUMBERS_ONLY, name_year

SHIFTS, COMPARISONS = Rules(), Rules()
PERIOD = "period|periods|time|timeframe|window|span|stretch|interval|timespan|range|part|portion"


# Shifts.

LATER = frozenset({"after", "later", "following"})


def shift_by(unit: TimeUnit, count: int) -> TimeShift:
    return TimeShift(unit.name, count * unit.size)


@SHIFTS.add(
    "the UNIT (before|after|prior) that|this|it|then? one|ones?",
    "the UNIT (earlier|later|previously|beforehand)",
    "the UNIT (preceding|following) that|this|it?",
    "a|an UNIT (earlier|later|before|after)",
    "a|an UNIT (before|after) that|this|it|then one?",
)
def read_shift(found: Captures) -> TimeShift | None:
    unit, side = found.values
    return shift_by(unit, 1 if side in LATER else -1)


@SHIFTS.add(
    "COUNT UNIT (earlier|later)", "COUNT UNIT (before|after) that|this|it|then one?"
)
def read_shift_count(found: Captures) -> TimeShift | Impossible:
    count, unit, side = found.values
    return _shift_by_count(unit, count, is_back=side in {"before", "earlier"})


def _shift_by_count(
    unit: TimeUnit, count: Count, *, is_back: bool
) -> TimeShift | Impossible:
    if count.problem:
        return Impossible(count.problem)
    return shift_by(unit, -count.value if is_back else count.value)


@SHIFTS.add(
    "go|step|move|jump me|it|that? (back|backwards|forward|forwards) by? a|an|one|another? "
    "more|further|additional? UNIT",
)
def read_step(found: Captures) -> TimeShift:
    """ "Go back one month"."""
    side, unit = found.values
    return shift_by(unit, -1 if side.startswith("back") else 1)


@SHIFTS.add(
    "go|step|move|jump me|it|that? (back|backwards|forward|forwards) by? COUNT UNIT"
)
def read_steps(found: Captures) -> TimeShift | Impossible:
    side, count, unit = found.values
    return _shift_by_count(unit, count, is_back=side.startswith("back"))


@SHIFTS.add(
    "another|further UNIT (back|backwards|forward|forwards)",
    "one|a more|further|additional? UNIT (back|backwards|forward|forwards)",
)
def read_further_step(found: Captures) -> TimeShift:
    """ "One more month back"."""
    unit, side = found.values
    return shift_by(unit, -1 if side.startswith("back") else 1)


@SHIFTS.add("the (following|preceding) UNIT")
def read_following(found: Captures) -> TimeShift:
    return shift_by(found[1], 1 if found[0] == "following" else -1)


@SHIFTS.add("on? the weekend (before|after) that|this|it|then? one?")
def read_weekend_shift(found: Captures) -> TimeShift:
    return TimeShift("week", 1 if found[0] == "after" else -1)


ENDS_OF_SHIFTS = frozenset({
    "", "?", ".", "!", ",", ";", ")", "please", "by", "for", "per", "in", "from", "and", "'",
    "was", "were",
})  # fmt: skip


@SHIFTS.add(
    "on? the WEEKDAY (before|earlier|prior) that|this|it|then? one?",
    "on? the? WEEKDAY a|one week (before|earlier) that|this|it?",
    "on? the WEEKDAY of|in? the week (before|earlier) that|this|it?",
    "on? the (preceding|prior) WEEKDAY",
    "on? the WEEKDAY (preceding) that|this|it?",
)
def read_weekday_shift(found: Captures) -> TimeShift | None:
    """ "This Monday against the Monday before", not "the Monday before Easter"."""
    is_end = found.reader.get_word(found.end) in ENDS_OF_SHIFTS
    return TimeShift("week", -1) if is_end else None


@SHIFTS.add("on? the next day")
def read_next_day(_: Captures) -> TimeShift:
    return TimeShift("day", 1)


@SHIFTS.add("UNIT (before|earlier|prior) that|this|it|then? one?")
def read_bare_shift(found: Captures) -> TimeShift | None:
    """ "Month before?", at the end."""
    is_end = found.reader.get_word(found.end) in {"", "?", ".", "!", ",", "please"}
    before = found.reader.get_word(found.start - 1)
    is_begin = before in {"", ",", "and", ".", "vs", "versus", "against", "than"}
    return shift_by(found[0], -1) if is_end and is_begin else None


SAME = "day|days|weekday|weekdays|date|dates|week|weeks|month|months|quarter|season"


@SHIFTS.add(
    f"the? same {SAME} SAMEPLACE",
    f"the? same {PERIOD}|time|point SAMEPLACE",
    f"that|this|those|these {SAME} SAMEPLACE",
    "at|on? this time|day|date|point SAMEPLACE",
)
def read_same_period(found: Captures) -> TimeShift:
    shift: TimeShift = found[0]
    return shift


@SHIFTS.add(
    f"the? prior|previous|preceding -? year -? {SAME}",
    f"the? last - year {SAME}",
    f"the? year -? ago|earlier {SAME}",
)
def read_year_before(_: Captures) -> TimeShift:
    """ "The prior-year quarter"."""
    return TimeShift("year", -1)


@SHIFTS.add(f"the|those|these? same? COUNT {SAME} SAMEPLACE")
def read_same_periods(found: Captures) -> TimeShift | None:
    """ "The same six months of last year", "those three months a year before"."""
    words = {found.reader.get_word(found.start + n) for n in range(2)}
    shift: TimeShift = found[1]
    return None if words.isdisjoint({"same", "those", "these"}) else shift


SAME_PLACES = Rules()


@SAME_PLACES.add(
    "of|in|from? the? last|previous|prior UNIT",
    "a|an|one UNIT ago|earlier|before",
    "of|in|from? the UNIT before|earlier",
)
def read_same_place(found: Captures) -> TimeShift | None:
    return shift_by(found[0], -1) if found[0].size == 1 else None


@SHIFTS.add(
    f"the {PERIOD} (before|after) that|this|it?",
    "the (previous|prior|preceding|next|following) period|timeframe|window",
    "(previous|prior|preceding|following) period|timeframe|window",
)
def read_period_shift(found: Captures) -> TimeShift:
    return TimeShift("period", 1 if found[0] in {"after", "next", "following"} else -1)


@SHIFTS.add(
    "the? (run|lead|build) -? up to SPANTIME", "the? (runup|leadup|buildup) to SPANTIME"
)
def read_run_up(_: Captures) -> Ambiguous:
    """Nobody but who says so knows when it begins."""
    return Ambiguous((), "From which day on is that?")


# Comparisons.


def compare_shift(shift: TimeShift) -> TimeComparison:
    """What is named relatively: a year before, the period before, or a shift."""
    if shift == TimeShift("year", -1):
        return TimeComparison("last_year")
    if shift == TimeShift("period", -1):
        return TimeComparison("previous")
    return TimeComparison(shift)


@COMPARISONS.add("VERSUS SHIFT")
def read_compared_shift(found: Captures) -> TimeComparison | Ambiguous | Impossible:
    shift = found[1]
    if isinstance(shift, Impossible | Ambiguous):
        return shift
    return compare_shift(shift)


@COMPARISONS.add(
    f"VERSUS the? same {SAME} in|of|from|for? YEAR",
    f"VERSUS the? same COUNT {SAME} in|of|from|for? YEAR",
    f"VERSUS the? same {PERIOD} in|of|from|for? YEAR",
)
def read_same_dates(found: Captures) -> TimeComparison:
    return TimeComparison(SameDates(found.values[-1]))


THEM = "it|that|them|those|this"
THOSE = "that|those|it|the|ones? one|ones? of|from|for|in?"
ALONGSIDE = "beside|alongside|against|opposite"
PUTTING = "put|set|place|hold|lay|show"
BASIS = "comparison|reference|baseline|benchmark|base|yardstick|counterpart"


@COMPARISONS.add(
    f"with|to|against|and|plus|add|adding|using|, the? SPANTIME as|for a|the|our|my|in? {BASIS}",
    f"with|to|against|and|plus|add|adding|using|, SHIFT as|for a|the|our|my|in? {BASIS}",
    f"and|,? {PUTTING} {THOSE} the? SPANTIME {ALONGSIDE} {THEM}",
    f"and|,? {PUTTING} {THOSE} the? SPANTIME next to {THEM}",
    f"and|,? {PUTTING} SHIFT {ALONGSIDE} {THEM}",
    f"and|,? {PUTTING} SHIFT next to {THEM}",
    f"and|,? compare {THEM} with|to|against SHIFT",
)
def read_basis(found: Captures) -> TimeComparison | Ambiguous | Impossible | None:
    """ "With July as a comparison", "and put October 2025 next to it"."""
    other = found[0]
    if isinstance(other, Time):
        return compare_time(other)
    return compare_shift(other) if isinstance(other, TimeShift) else other


@COMPARISONS.add("VERSUS the? (previous|prior|preceding) UNIT")
def read_compared_previous(found: Captures) -> TimeComparison | None:
    unit: TimeUnit = found[2]
    return compare_shift(shift_by(unit, -1)) if unit.size == 1 else None


@COMPARISONS.add("VERSUS last year", "VERSUS a|one year ago")
def read_compared_last_year(_: Captures) -> TimeComparison:
    return TimeComparison("last_year")


@COMPARISONS.add("VERSUS the? (second|other|latter|last|first) one|half")
def read_other_half(found: Captures) -> TimeComparison | Ambiguous | Impossible | None:
    """ "The first half of October compared with the second half": of what the half before is of."""
    reader = found.reader
    if (
        reader.get_word(found.end) in {"of", "in"}
        or reader.get_word(found.end - 1) != "half"
    ):
        return None
    for at in range(found.start - 1, 0, -1):
        if reader.get_word(at) == "half" and reader.get_word(at + 1) in {"of", "in"}:
            whole = reader.read_category("WHOLE", at + 2)
            return None if whole is None else compare_time(_take_half(whole[0], found))
    return None


def _take_half(whole: Time, found: Captures) -> Time:
    is_first = found[1] == "first"

    def find_part(first: date, last: date) -> tuple[date, date]:
        middle = find_middle(first, last)
        return (first, middle) if is_first else (add_days(middle, 1), last)

    return take_part(whole, find_part, found.today)


ENDS_OF_ORDINALS = frozenset(
    {".", ",", ";", "?", "!", ")", ":", "in", "by", "for", "per", "please"}
)


@COMPARISONS.add("VERSUS ORDINAL one|quarter|half|month|week?")
def read_compared_ordinal(found: Captures) -> TimeComparison | None:
    """ "The third quarter compared with the second": of what the ordinal before is of."""
    _, number = found.values
    named = _find_ordinal_unit(found.reader, found.start)
    following = found.reader.get_word(found.end)
    if named is None or (following and following not in ENDS_OF_ORDINALS):
        return None
    unit, year = named
    size = {"quarter": 3, "half": 6}[unit]
    if not 1 <= number <= 12 // size:
        return None
    other = compare_time(name_time(fix_part(number, size), year, found.today))
    return other if isinstance(other, TimeComparison) else None


def _find_ordinal_unit(
    reader: TokenReader, before: int
) -> tuple[str, int | None] | None:
    """What the nearest quarter or half before a place is of, with its year."""
    for at in range(before - 1, -1, -1):
        for category, unit in (("QUARTER", "quarter"), ("HALFYEAR", "half")):
            found = reader.read_category(category, at)
            if found is not None:
                year = reader.read_category("OFYEAR", found[1])
                return unit, year[0] if year else None
    return None


COMPARATIVES = frozenset({
    "better", "worse", "stronger", "weaker", "busier", "quieter", "slower", "faster", "calmer",
    "different", "differently", "bigger", "smaller",
})  # fmt: skip
"""Before "than 2024", say that it is no count."""
MAX_YEARS_COMPARED = 10


@COMPARISONS.add("than YEAR")
def read_year_after_comparative(found: Captures) -> TimeComparison | None:
    """ "Better than 2024"."""
    year = name_year(found[0], found.today)
    is_said = found.reader.get_word(found.start - 1) in COMPARATIVES
    is_near = abs(found[0] - found.today.date.year) <= MAX_YEARS_COMPARED
    counts = found.reader.get_word(found.end) in NUMBERS_ONLY | COUNTED
    if not is_said or not is_near or counts:
        return None
    other = compare_time(year)
    return other if isinstance(other, TimeComparison) else None


@COMPARISONS.add("VERSUS the? SPANTIME")
def read_compared_time(
    found: Captures,
) -> TimeComparison | Ambiguous | Impossible | None:
    word, time = found.values
    if time.bare_year is not None and not is_after_preposition(found, word):
        return None
    return compare_time(time)


def is_after_preposition(found: Captures, word: str) -> bool:
    """ "More than 2024" may be a count; "than in 2024" and "vs 2024" are not."""
    year_at = found.end - 1
    return word != "than" or found.reader.get_word(year_at - 1) in PREPOSITIONS


def compare_time(time: Time) -> TimeComparison | Ambiguous | Impossible:
    reading = time.reading
    if isinstance(reading, Impossible):
        return reading
    if isinstance(reading, Ambiguous):
        spans = [each for each in reading.readings if isinstance(each, DaySpan)]
        return Ambiguous(tuple(map(TimeComparison, spans)), reading.question)
    return TimeComparison(reading)


BEFORE_PEOPLE = frozenset({
    "my", "your", "our", "his", "her", "their", "the", "a", "hi", "hello", "hey", "thanks", "dear",
    "with", "from", "to", "for", "and", "but", "so", "oh", "ok", "please",
})  # fmt: skip


def _has_other_use(found: Captures) -> bool:
    """Whether "mom" is somebody, and "wow" a word of surprise: those of figures have no article,
    and stand next to another word."""
    reader, at = found.reader, found.start
    if not reader.is_lower(at):
        return False
    before, after = reader.get_word(at - 1), reader.get_word(at + 1)
    return (
        not before.isalnum()
        or before in BEFORE_PEOPLE
        or after in {"!", "and", "wants", "asked", "says", "needs", "is"}
    )


@COMPARISONS.add(
    "UNIT over|on|against|versus|vs UNIT",
    "UNIT - to|against - UNIT",
    "UNIT - over|on - UNIT",
    "(dod|wow|mom|qoq|yoy)",
    "(y|m|q|w) / y|m|q|w",
    "(y|m|q|w|d) - o - y|m|q|w|d",
)
def read_over_period(found: Captures) -> TimeComparison | None:
    if len(found.values) == 2:
        first, second = found.values
        same = first if first == second and first.size == 1 else None
        return compare_shift(shift_by(same, -1)) if same else None
    word = found[0]
    if word in WORDS_OF_OTHER_USE_IN_SHORT and _has_other_use(found):
        return None
    if found.end - found.start > 1:
        if found.reader.get_word(found.end - 1) != word:
            return None
        word = f"{word}o{word}"
    unit: PeriodUnit = SHORT_COMPARISONS[word]
    return compare_shift(TimeShift(unit, -1))
