"""Phrases of time in a sentence: a time with the words around it, and lists of times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.local.language.calendar_names import WORDS_OF_OTHER_USE
from agents.local.language.compared_pairs import PAIRS, Phrase
from agents.local.language.comparison_words import NO_COMPARISONS
from agents.local.language.counted_weekdays import COUNTED_WEEKDAYS
from agents.local.language.earlier_queries import COMPARISONS, SHIFTS
from agents.local.language.grammar import Captures, Rules, TokenReader
from agents.local.language.open_times import BOUNDS, OpenTime
from agents.local.language.readings import (
    DayHours,
    DaySpan,
    PeriodSpan,
    TimeGrain,
)
from agents.local.language.recurring_times import GRAIN_PHRASES, RECURRING
from agents.local.language.rhythms import RHYTHMS
from agents.local.language.season_evidence import names_day
from agents.local.language.time_categories import TIMES, list_starters
from agents.local.language.time_parts import PARTS
from agents.local.language.time_ranges import RANGES, is_likely_year
from agents.local.language.times import Time, set_year
from agents.local.language.today import Today

EACH_OF_PERIODS, PLAIN, DAY_PARTS = Rules(), Rules(), Rules()
EVIDENCE_OF_SEASONS = frozenset(
    {"in", "during", "on", "at", "over", "within", "throughout"}
)
CONNECTORS = frozenset({",", "and", "or", "nor", "&", "+", "plus", "/"})
COMPARING = frozenset({"vs", "versus", "compared", "against"})
RANGE_STARTS = frozenset({"from", "between", "to", "and"})
"""Before a bare number, say that it is one side of a range of something else."""
COUNTING = frozenset({"for", "of", "over", "at", "around"})
"""Prepositions that stand before prices and counts as well."""
MAX_LIST_WORDS = 4
"""Between two times of a list: ", and in the"."""


@dataclass(frozen=True)
class PlainTime:
    """A time with the preposition before it, which may be missing."""

    start: int
    end: int
    time: Time
    preposition: str


def read_phrases(reader: TokenReader, at: int) -> list[Phrase]:
    """The longest phrases that begin at a token; empty if none does."""
    candidates = [
        _read_rules(PAIRS, reader, at),
        _read_rules(EACH_OF_PERIODS, reader, at),
        _read_rules(COUNTED_WEEKDAYS, reader, at),
        _read_rules(COMPARISONS, reader, at),
        _read_rules(RECURRING, reader, at),
        _read_rules(RHYTHMS, reader, at),
        _read_rules(GRAIN_PHRASES, reader, at),
        _read_rules(SHIFTS, reader, at),
        _read_rules(DAY_PARTS, reader, at),
        _read_list(reader, at),
        _read_rules(BOUNDS, reader, at),
    ]
    return max(candidates, key=lambda phrases: phrases[-1].end if phrases else -1)


def _read_rules(rules: Rules, reader: TokenReader, at: int) -> list[Phrase]:
    found = rules.read_longest(reader, at)
    if found is None:
        return []
    value, end = found
    if isinstance(value, list):
        return value
    return [Phrase(at, end, value.reading if isinstance(value, OpenTime) else value)]


# Each of several periods.


@EACH_OF_PERIODS.add(
    "in|for|on|during|over|within|per|by? each|every of the|these|those? COUNTEDTIME",
    "in|for|on|during|over|within|per|by? each and every|single? of the|these|those? COUNTEDTIME",
    "in|for|on|during|over|within|per|by? each|every one of the|these|those? COUNTEDTIME",
    "individually|separately for|in each|every? of? the COUNTEDTIME",
)
def read_each_of_periods(found: Captures) -> list[Phrase] | None:
    """ "In each of the last eight weeks": by week, in those."""
    span = found[0].reading
    if not isinstance(span, PeriodSpan) or span.count < MIN_EACH:
        return None
    middle = found.start + 1
    while found.reader.get_word(middle) not in {
        "the",
        "these",
        "those",
        "last",
        "past",
    }:
        middle += 1
    if middle >= found.end:
        return None
    return [
        Phrase(found.start, middle, TimeGrain(span.unit)),
        Phrase(middle, found.end, span),
    ]


MIN_EACH = 2


# Parts of a day.


@DAY_PARTS.add("this DAYPART")
def read_today_part(found: Captures) -> list[Phrase]:
    return [
        Phrase(found.start, found.end - 1, PeriodSpan("day", 1, 0)),
        Phrase(found.end - 1, found.end, DayHours(*found[0])),
    ]


@DAY_PARTS.add("last night")
def read_last_night(found: Captures) -> list[Phrase]:
    return [
        Phrase(found.start, found.start + 1, PeriodSpan("day", 1, 1)),
        Phrase(found.start + 1, found.end, DayHours(18, 23)),
    ]


@DAY_PARTS.add("on? TIME DAYPART")
def read_day_part(found: Captures) -> list[Phrase] | None:
    time, hours = found.values
    if not is_one_day(time):
        return None
    return [
        Phrase(found.start, found.end - 1, time.reading),
        Phrase(found.end - 1, found.end, DayHours(*hours)),
    ]


def is_one_day(time: Time) -> bool:
    reading = time.reading
    if isinstance(reading, PeriodSpan):
        return reading.unit == "day" and reading.count == 1
    return isinstance(reading, DaySpan) and reading.first == reading.last


# Times as they stand in a sentence, and lists of them.


@PLAIN.add(
    "(in|on|for|during|within|over|throughout|across|of|at|around)? the? SPANTIME",
    "(in|on|for|during|within|over|throughout|across|of)? all|whole of? the? SPANTIME",
    "(from) the? COUNTEDTIME",
    "(in|on|for|during|over) the? (course|space) of the? SPANTIME",
)
def read_plain(found: Captures) -> PlainTime | None:
    preposition, time = found.values[0], found.values[-1]
    is_number = preposition in COUNTING and not is_likely_year(time, found.today)
    if time.bare_year is not None and is_number:
        return None
    return PlainTime(found.start, found.end, time, preposition or "")


def _read_list(reader: TokenReader, at: int) -> list[Phrase]:
    found = PLAIN.read_longest(reader, at)
    if found is None:
        return []
    times: list[PlainTime] = [found[0]]
    while following := _read_next(reader, times[-1]):
        times.append(following)
    while times and not _is_evident(reader, times):
        times.pop()
    return _build_phrases(times)


def _read_next(reader: TokenReader, last: PlainTime) -> PlainTime | None:
    at = last.end
    while reader.get_word(at) in CONNECTORS and at < last.end + MAX_LIST_WORDS:
        at += 1
    if at == last.end or reader.get_word(at) in NO_COMPARISONS:
        return None
    found = PLAIN.read_longest(reader, at)
    if found is None:
        return None
    following: PlainTime = _share_name(last, found[0], reader.today)
    is_listed = _is_alike(last, following, reader.today)
    return replace(following, start=last.end) if is_listed else None


def _share_name(last: PlainTime, following: PlainTime, today: Today) -> PlainTime:
    """ "Black Friday 2024 and 2025": that of both years."""
    year = following.time.bare_year
    is_named = last.time.build is not None and last.time.year is not None
    if year is None or not is_named or not is_likely_year(following.time, today):
        return following
    return replace(following, time=set_year(last.time, year))


def _is_alike(last: PlainTime, following: PlainTime, today: Today) -> bool:
    """A word of another use belongs to a list of its kind only."""
    one, two = last.time, following.time
    if two.bare_year is not None:
        is_list = one.bare_year is not None and is_likely_year(two, today)
        return is_list or following.preposition == "in"
    if two.is_holiday and one.reading == two.reading:
        return True  # "October 31st, Halloween".
    if not two.is_weak or following.preposition:
        return not two.is_holiday or one.is_holiday or bool(following.preposition)
    return bool(one.weekday) == bool(two.weekday) and one.is_holiday == two.is_holiday


def _is_evident(reader: TokenReader, times: Sequence[PlainTime]) -> bool:
    """Whether something says that these are times, and not words of another use."""
    first = times[0]
    weekdays = {each.time.weekday for each in times} - {None}
    is_list = len(weekdays) > 1  # Of "Sat + Sun", neither is another word.
    is_sure = is_list or any(not each.time.is_weak for each in times)
    if is_sure or (first.time.is_holiday and _names_day(reader, times)):
        return True
    if first.time.bare_year is not None:
        return _is_year_evident(reader, first)
    if first.preposition:
        is_season = first.preposition in EVIDENCE_OF_SEASONS
        return (is_season or not first.time.is_holiday) and not _is_place(reader, first)
    is_alone = _is_whole(reader, times) or reader.get_word(times[-1].end) in COMPARING
    return is_alone and not _is_place(reader, first)


def _names_day(reader: TokenReader, times: Sequence[PlainTime]) -> bool:
    first, last = times[0], times[-1]
    is_season = isinstance(first.time.reading, DaySpan) and not is_one_day(first.time)
    return not is_season and names_day(reader, first.start, last.end, first.preposition)


def _is_year_evident(reader: TokenReader, plain: PlainTime) -> bool:
    if plain.preposition in {"in", "during", "within", "throughout"}:
        return True
    before = "" if plain.preposition else reader.get_word(plain.start - 1)
    return before not in RANGE_STARTS and is_likely_year(plain.time, reader.today)


def _is_place(reader: TokenReader, plain: PlainTime) -> bool:
    """ "In the sun", "for the march": with an article such a word is none of a time."""
    has_article = reader.get_word(plain.end - 2) == "the"
    if plain.time.weekday is None:
        return has_article and reader.get_word(plain.end - 1) in WORDS_OF_OTHER_USE
    return has_article or plain.preposition in {"in", "of", "at", "over", "within"}


def _is_whole(reader: TokenReader, times: Sequence[PlainTime]) -> bool:
    """Whether the text has no other words."""
    outside = (*range(times[0].start), *range(times[-1].end, len(reader.tokens)))
    if len(outside) > MAX_LIST_WORDS:
        return False
    return not any(reader.tokens[index].is_alphanumeric for index in outside)


def _build_phrases(times: Sequence[PlainTime]) -> list[Phrase]:
    """A year that only one of a list has is that of all of them."""
    named = [each.time for each in times if each.time.build or each.time.year]
    years = [time.year for time in named if time.year is not None and time.build]
    if len(set(years)) == 1:
        year = years[0]
        times = [
            replace(each, time=set_year(each.time, year))
            if each.time.is_yearless
            else each
            for each in times
        ]
    return [Phrase(each.start, each.end, each.time.reading) for each in times]


PHRASE_RULES = (
    *(PAIRS, EACH_OF_PERIODS, COMPARISONS, RECURRING, RHYTHMS, GRAIN_PHRASES),
    *(SHIFTS, DAY_PARTS, BOUNDS, PLAIN),
    *(RANGES, PARTS, *TIMES),
)
STARTERS = list_starters(PHRASE_RULES)
"""The words with which a phrase can begin."""
