"""Rules for the hours and weekdays of whatever day and week, and for the ends of periods. Pure."""

from agents.local.language.grammar import Captures, Rules
from agents.local.language.readings import TimeGrain
from agents.local.language.recurring_times import SPREADING
from agents.local.language.word_categories import TimeUnit

RHYTHMS = Rules()
CYCLES = frozenset({"rhythm", "rhythms", "cycle", "cycles", "profile", "profiles"})
PATTERNS = CYCLES | SPREADING | {"patterns", "distributions", "0-23", "00-23", "0-24"}
MAX_WORDS = 4
"""Between "hourly" and what is hourly: "hourly net revenue pattern"."""


@RHYTHMS.add("(hourly|daily|weekly)")
def read_rhythm(found: Captures) -> TimeGrain | None:
    """ "Hourly pattern", "the weekly rhythm of orders": of whatever day or week. A daily pattern
    may be one of days."""
    reader = found.reader
    following = {reader.get_word(found.end + n) for n in range(MAX_WORDS)}
    nouns = CYCLES if found[0] == "daily" else PATTERNS
    if nouns.isdisjoint(following):
        return None
    return TimeGrain("weekday" if found[0] == "weekly" else "hour_of_day")


@RHYTHMS.add(
    "by|per|each|every hour",
    "for|in each|every hour",
    "hour by hour",
    "by|per|each|every hour OPENING? 0-23|00-23|0-24",
)
def read_hour_of_pattern(found: Captures) -> TimeGrain | None:
    """ "How do orders spread by hour"."""
    reader = found.reader
    words = {reader.get_word(at) for at in range(len(reader.tokens))}
    return None if PATTERNS.isdisjoint(words) else TimeGrain("hour_of_day")


@RHYTHMS.add("at|around what|which time")
def read_asked_time(found: Captures) -> TimeGrain | None:
    """ "At what time do people shop": an hour of the day."""
    is_asked = found.reader.get_word(found.end) in ASKING
    return TimeGrain("hour_of_day") if is_asked else None


ASKING = frozenset(
    {"do", "does", "did", "are", "is", "was", "were", "people", "customers", "most"}
)


@RHYTHMS.add(
    "at|by|on|as? of? the? end|ends|close of each|every UNIT",
    "at|by|on|for? each|every? UNIT end|ends|close",
    "at|by|on|for? each|every? UNIT - end|ends|close",
    "at|by|on the? end|ends|close of the UNIT",
)
def read_period_ends(found: Captures) -> TimeGrain | None:
    """ "At the end of each month", "at quarter end", which is said of stock."""
    unit: TimeUnit = found[0]
    reader = found.reader
    is_plural = reader.get_word(found.end - 1).endswith("s")
    is_each = not {
        reader.get_word(at) for at in range(found.start, found.end)
    }.isdisjoint({"each", "every"})
    is_end_first = reader.get_word(found.end - 1) not in ENDS
    if (is_end_first and not (is_each or is_plural)) or unit.size > 1:
        return None
    return TimeGrain(unit.name)


ENDS = frozenset({"end", "ends", "close"})
