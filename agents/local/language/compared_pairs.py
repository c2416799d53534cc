"""Rules for two times that are compared with each other: "compare May with June". Pure."""

from dataclasses import dataclass
from datetime import date

from agents.local.language.calendar_days import ImpossibleTime, count_whole_months
from agents.local.language.earlier_queries import compare_shift, compare_time
from agents.local.language.grammar import Captures, Rules
from agents.local.language.readings import (
    Ambiguous,
    DaySpan,
    Impossible,
    Reading,
    SameDates,
    TimeComparison,
    TimeShift,
)
from agents.local.language.recurring_times import WEEKEND, WORKDAYS
from agents.local.language.time_ranges import MAX_SHORT_YEARS, is_likely_year
from agents.local.language.times import Time, set_year
from agents.local.language.today import Today

PAIRS = Rules()


@dataclass(frozen=True)
class Phrase:
    """What some tokens mean; `end` is the token behind the last."""

    start: int
    end: int
    reading: Reading


@PAIRS.add(
    "compare|comparing the? TIME and|with|to|against|vs in? the? SPANTIME",
    "compare|comparing the? SPANTIME with|against|vs in? the? SPANTIME",
)
def read_compared_pair(found: Captures) -> list[Phrase]:
    """The second is what the first is compared with."""
    one, two = found.values
    middle = _find_connector(found)
    return [
        Phrase(found.start, middle, one.reading),
        Phrase(middle, found.end, compare_time(two)),
    ]


@PAIRS.add(
    "(difference|change|growth|changes|differences) between the? TIME and the? TIME",
    "(gap|increase|decrease|rise|fall|drop|decline|shift|jump) between the? TIME and the? TIME",
)
def read_difference(found: Captures) -> list[Phrase]:
    """From the first to the second, which is what the first is compared with."""
    _, one, two = found.values
    middle = _find_connector(found)
    return [
        Phrase(found.start + 1, middle, compare_time(one)),
        Phrase(middle, found.end, two.reading),
    ]


@PAIRS.add("(in|on|for|during|of)? the? TIME VERSUS YEAR")
def read_compared_year(found: Captures) -> list[Phrase] | None:
    """ "Q1 2025 vs 2024": the same quarter of the other year."""
    preposition, time, _, year = found.values
    if time.build is None or isinstance(time.reading, Impossible):
        return None
    at = found.start + (preposition is not None)
    known = found.reader.read_category("TIME", at)
    behind = known or found.reader.read_category("TIME", at + 1)
    middle = int(behind[1]) if behind else at
    other = set_year(time, year)
    return [
        Phrase(found.start, middle, time.reading),
        Phrase(middle, found.end, compare_time(other)),
    ]


@PAIRS.add("(in|on|for|during|of)? the? TIME over|on the? TIME")
def read_pair_of_periods(found: Captures) -> list[Phrase] | None:
    """ "Q3 2026 over Q2 2026", "2026 on 2025": two of the same length."""
    preposition, one, two = found.values
    spans = [_find_length(each, found.today) for each in (one, two)]
    if spans[0] is None or spans[0] != spans[1]:
        return None
    start = found.start + (preposition is not None)
    start += found.reader.get_word(start) == "the"
    known = found.reader.read_category("TIME", start)
    middle = int(known[1]) if known else start
    if found.reader.get_word(middle) not in {"over", "on"}:
        return None
    return [
        Phrase(found.start, middle, one.reading),
        Phrase(middle, found.end, compare_time(two)),
    ]


def _find_length(time: Time, today: Today) -> tuple[str, int] | None:
    """Whole months, or weeks, of a named time; none of a day, and of one without a name."""
    days = time.reading
    is_named = isinstance(days, DaySpan) and is_likely_year(time, today)
    if not is_named or not isinstance(days, DaySpan) or not (days.first and days.last):
        return None
    if months := count_whole_months(days.first, days.last):
        return "month", months
    length = (days.last - days.first).days + 1
    return ("day", length) if length > 1 or time.is_holiday else None


def _find_connector(found: Captures) -> int:
    """The word between two times; the last such word before the second one begins."""
    words = {"and", "with", "to", "against", "vs"}
    first = found.start + 1
    while found.reader.get_word(first) in {"between", "the"}:
        first += 1
    for category in ("TIME", "SPANTIME"):
        known = found.reader.read_category(category, first)
        if known and found.reader.get_word(known[1]) in words:
            return int(known[1])
    return first


@PAIRS.add(
    "(on|during)? weekday|weekdays|workday|workdays vs|versus|against|or on? weekend|weekends",
    "(on|during)? weekend|weekends vs|versus|against|or on? weekday|weekdays|workday|workdays",
)
def read_kinds_of_days(found: Captures) -> list[Phrase]:
    """ "Weekday vs weekend": the word between them is read by itself."""
    first = found.start + (found.values[0] is not None)
    is_weekend = found.reader.get_word(first).startswith("weekend")
    kinds = (WEEKEND, WORKDAYS) if is_weekend else (WORKDAYS, WEEKEND)
    return [
        Phrase(found.start, first + 1, kinds[0]),
        Phrase(found.end - 1, found.end, kinds[1]),
    ]


@PAIRS.add(
    "(on|during|at|over)? the? weekend|weekends vs|versus|against|or|than|and "
    "during|in|through the week"
)
def read_weekend_or_week(found: Captures) -> list[Phrase]:
    """ "On weekends or during the week": the other days of it."""
    first = found.start + (found.values[0] is not None)
    return [
        Phrase(
            found.start, first + 1 + (found.reader.get_word(first) == "the"), WEEKEND
        ),
        Phrase(found.end - 3, found.end, WORKDAYS),
    ]


@PAIRS.add("between the? TIME and the? TIME")
def read_backward_pair(found: Captures) -> list[Phrase] | None:
    """ "Between Q3 this year and Q3 last year": nothing reaches from the later one to the earlier,
    so that these are compared."""
    one, two = found.values
    if any(each.is_yearless or each.weekday for each in (one, two)):
        return None
    begins = [_find_first_day(each, found.today) for each in (one, two)]
    if begins[0] is None or begins[1] is None or begins[0] <= begins[1]:
        return None
    middle = _find_connector(found)
    return [
        Phrase(found.start, middle, one.reading),
        Phrase(middle, found.end, compare_time(two)),
    ]


def _find_first_day(time: Time, today: Today) -> date | None:
    try:
        return time.resolve_days(today).first
    except ImpossibleTime:
        return None


@PAIRS.add("between the? TIME and SHIFT")
def read_pair_with_shift(found: Captures) -> list[Phrase] | None:
    """ "Between last week and the week before it"."""
    time, shift = found.values
    if not isinstance(shift, TimeShift):
        return None
    middle = _find_connector(found)
    return [
        Phrase(found.start, middle, time.reading),
        Phrase(middle, found.end, compare_shift(shift)),
    ]


@PAIRS.add("between the? TIME and that|those|the one|ones? of|in|from|for? YEARWORDS")
def read_pair_of_years(found: Captures) -> list[Phrase] | None:
    """ "Between the third quarter of this year and that of last year": the same quarter of it."""
    time, year = found.values
    if isinstance(time.reading, Impossible):
        return None
    middle = _find_connector(found)
    same = compare_time(set_year(time, year))
    other = TimeComparison(SameDates(year)) if time.build is None else same
    return [
        Phrase(found.start, middle, time.reading),
        Phrase(middle, found.end, other),
    ]


@PAIRS.add("(in|on|for|of|from)? MONTH SHORTYEAR VERSUS MONTH SHORTYEAR")
def read_days_or_years(found: Captures) -> list[Phrase] | None:
    """ "October 26 vs October 25" are two days, or the month of two years."""
    _, one, first, _, two, second = found.values
    years = [abs(year - found.today.date.year) for year in (first, second)]
    is_either = one.number == two.number and max(years) <= MAX_SHORT_YEARS
    reader = found.reader
    if not is_either or reader.read_category("OFYEAR", found.end):
        return None
    month = reader.get_word(found.start + (found.values[0] is not None)).capitalize()
    question = (
        f"Is that {month} {first} and {month} {second}, or the days {first % 100} and "
        f"{second % 100} of {month}?"
    )
    return [Phrase(found.start, found.end, Ambiguous((), question))]
