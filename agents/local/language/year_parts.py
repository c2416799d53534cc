"""Rules for months, quarters, halves, seasons and weeks of a year."""

from dataclasses import replace

from agents.local.language.calendar_days import (
    BuildDays,
    build_week,
    find_latest,
    find_next,
    fix_day,
    fix_months,
    fix_part,
)
from agents.local.language.calendar_names import UNITS
from agents.local.language.grammar import Captures, Rules
from agents.local.language.month_days import ENDS_OF_DAYS
from agents.local.language.readings import Ambiguous, Impossible
from agents.local.language.times import Time, name_time
from agents.local.language.today import Today
from agents.local.language.word_categories import (
    HALF_WORDS,
    QUARTER_WORDS,
    Name,
    read_ordinal,
)
from agents.local.language.years import counts_something

YEAR_PARTS, WEEKS = Rules(), Rules()
MAX_WEEKS_OF_MONTH = 5
MAX_WORDS_TO_NEXT = 5
MAX_SHORT_YEARS = 6
"""Back from this one, of years in two digits behind a month; others are days."""
MAX_WEEKS = 52
"""Of each year; some have one more."""
MAX_YEARS = 100
"""From now, of years that stand before a month; others are numbers."""
AUXILIARIES = frozenset({"did", "didn't", "does", "doesn't", "do", "don't"})
BEFORE_SEASONS = frozenset({
    "in", "during", "over", "of", "the", "this", "last", "next", "for", "since", "until", "from",
    "to", "and", "or", "vs", "versus", "than", "with", "we", "you", "it",
})  # fmt: skip
MAX_SUBJECT = 4
"""Words between "did" and its verb."""


@YEAR_PARTS.add("MONTH OFYEAR?", "month of MONTH OFYEAR?")
def read_month_year(found: Captures) -> Time:
    month: Name = found[0]
    build = fix_months(month.number, 1)
    return name_time(build, found[1], found.today, is_weak=month.is_weak)


@YEAR_PARTS.add("MONTH - SHORTYEAR")
def read_month_of_short_year(found: Captures) -> Time | None:
    """ "Oct-26", as spreadsheets write it: of a year that is near, else a day of the month."""
    reader, month, year = found.reader, found[0], found[1]
    at = found.end - 2
    if not (reader.is_glued(at) and reader.is_glued(at + 1)):
        return None
    if -MAX_SHORT_YEARS <= year - found.today.date.year <= 1:
        return name_time(fix_months(month.number, 1), year, found.today)
    return name_time(fix_day(month.number, year % 100), None, found.today)


@YEAR_PARTS.add("YEAR ,|-|/? MONTH", "YEARWORDS in? MONTH")
def read_year_month(found: Captures) -> Time | None:
    """ "2026 May", "last year in May"; "over 2000 in May" is a number."""
    is_number = found.reader.get_word(found.start).isdigit() and (
        counts_something(found, found[0])
        or abs(found[0] - found.today.date.year) > MAX_YEARS
    )
    if (
        found.reader.read_category("DAYNUMBER", found.end)
        or _says_again(found)
        or is_number
    ):
        return None
    return name_time(fix_months(found[1].number, 1), found[0], found.today)


def _says_again(found: Captures) -> bool:
    """ "The last six months of 2025, July through December": the months are those of the year, and
    not what a part is taken of."""
    words = [found.reader.get_word(found.start + n) for n in (-3, -2, -1)]
    is_part = words[2] in {"of", "in"} and (words[1] in UNITS or words[0] in UNITS)
    signs = {found.reader.get_word(found.start + n) for n in (1, 2)}
    return is_part and not signs.isdisjoint({",", "-"})


@YEAR_PARTS.add("QUARTER OFYEAR?")
def read_quarter_year(found: Captures) -> Time:
    return name_quarter(found[0], _share_next_year(found, "QUARTER"), found.today)


@YEAR_PARTS.add("HALFYEAR OFYEAR?")
def read_half_of_year(found: Captures) -> Time:
    year = _share_next_year(found, "HALFYEAR")
    return name_time(fix_part(found[0], 6), year, found.today)


def _share_next_year(found: Captures, category: str) -> int | None:
    """The year of "the first and second quarter of 2025" is that of both."""
    reader, at, year = found.reader, found.end, found[1]
    is_whole = reader.get_word(at - 1) in QUARTER_WORDS | HALF_WORDS
    if year is not None or is_whole or read_ordinal(reader, found.start) is None:
        return year  # type: ignore[no-any-return]
    for behind in range(at + 1, at + MAX_WORDS_TO_NEXT):
        following = reader.read_category(category, behind)
        if following is not None:
            named = reader.read_category("OFYEAR", following[1])
            return named[0] if named else None
    return None


@YEAR_PARTS.add("YEAR -|/|,? QUARTER", "YEARWORDS in|,? the? QUARTER")
def read_year_quarter(found: Captures) -> Time:
    return name_quarter(found[1], found[0], found.today)


@YEAR_PARTS.add("(last|final) quarter of YEARWORDS", "(last|final) quarter of the year")
def read_last_quarter(found: Captures) -> Time:
    year = found[1] if len(found.values) > 1 else found.today.date.year
    return name_quarter(4, year, found.today)


@YEAR_PARTS.add("QUARTER of the year")
def read_quarter_of_running_year(found: Captures) -> Time:
    return name_quarter(found[0], found.today.date.year, found.today)


def name_quarter(number: int, year: int | None, today: Today) -> Time:
    if not 1 <= number <= 4:
        return Time(Impossible("A year has 4 quarters."))
    return name_time(fix_part(number, 3), year, today)


@YEAR_PARTS.add("YEAR -|/? HALFYEAR", "YEARWORDS in|,? the? HALFYEAR")
def read_year_half(found: Captures) -> Time:
    return name_time(fix_part(found[1], 6), found[0], found.today)


@YEAR_PARTS.add("(1|2) (h) YEARWORDS")
def read_turned_half(found: Captures) -> Time | None:
    if not found.reader.is_glued(found.start + 1):
        return None
    return name_time(fix_part(int(found[0]), 6), found[2], found.today)


@YEAR_PARTS.add("HALFYEAR of the year")
def read_half_of_running_year(found: Captures) -> Time:
    return name_time(fix_part(found[0], 6), found.today.date.year, found.today)


@YEAR_PARTS.add("the? SEASON OFYEAR?", "SEASON of? YEARPAIR")
def read_season_year(found: Captures) -> Time | None:
    if _is_verb(found):
        return None
    build = fix_months(found[0].number, 3)
    return name_time(build, found[1], found.today, is_weak=True, is_holiday=True)


def _is_verb(found: Captures) -> bool:
    """ "Did revenue fall this year"; "how did we do in the fall" is the season."""
    words = [found.reader.get_word(at) for at in range(found.start)][-MAX_SUBJECT:]
    is_bare = found.reader.get_word(found.start) == "fall"
    follows = bool(words) and words[-1] not in BEFORE_SEASONS
    return is_bare and follows and not AUXILIARIES.isdisjoint(words)


@YEAR_PARTS.add("the? WEEKTIME")
def read_week(found: Captures) -> Time:
    time: Time = found[0]
    return time


@WEEKS.add("WEEKNUMBER OFYEAR?")
def read_week_year(found: Captures) -> Time:
    return name_week(found[0], found[1], found.today)


@WEEKS.add(
    "the? ORDINAL (calendar)? week OFYEAR?", "the? ORDINAL (calendar)? week of the year"
)
def read_ordinal_week(found: Captures) -> Time | None:
    """ "The 41st week"; the first ones may be those of a month."""
    number, calendar, *year = found.values
    if number <= MAX_WEEKS_OF_MONTH and not calendar:
        return None
    week = Name(number, is_weak=False)
    return name_week(week, year[0] if year else found.today.date.year, found.today)


@WEEKS.add("YEAR -|/? WEEKNUMBER")
def read_year_week(found: Captures) -> Time:
    return name_week(found[1], found[0], found.today)


@YEAR_PARTS.add("(q|h|kw|cw|w|week) NUMBEROFYEAR")
def read_number_of_year(found: Captures) -> Time | None:
    """ "Q3/2025", "KW 7/2025"."""
    letter, (number, year) = found.values
    if letter == "q":
        return name_quarter(number, year, found.today)
    if letter != "h":
        return name_week(Name(number, is_weak=False), year, found.today)
    if number not in {1, 2}:
        return None
    return name_time(fix_part(number, 6), year, found.today)


def name_week(week: Name, year: int | None, today: Today) -> Time:
    if not 1 <= week.number <= 53:
        reason = "A year has 52 or 53 weeks."
        return Time(Impossible(reason), is_weak=week.is_weak and year is None)
    if year is None and week.number > MAX_WEEKS:
        rare = name_rare_week(_fix_week(week.number), week.number, today)
        return replace(rare, is_weak=week.is_weak)
    return name_time(
        _fix_week(week.number),
        year,
        today,
        is_weak=week.is_weak,
    )


@WEEKS.add("the? last|latest WEEKNUMBER", "the? most recent WEEKNUMBER")
def read_latest_rare_week(found: Captures) -> Time | None:
    """ "The last week 53"; of the others there is one a year."""
    week: Name = found[0]
    following = found.reader.get_word(found.end)
    if week.number != MAX_WEEKS + 1 or (following and following not in ENDS_OF_DAYS):
        return None
    return Time(find_latest(_fix_week(week.number), until=found.today.date))


def name_rare_week(build: BuildDays, number: int, today: Today) -> Time:
    """Of days that end with such a week: which year is meant, if the last one that had it is long
    ago."""
    latest, coming = (
        find_latest(build, until=today.date),
        find_next(build, after=today.date),
    )
    years = [(each.last or today.date).year - 1 for each in (latest, coming)]
    if years[0] >= today.date.year - 1:
        return Time(latest, build)
    question = f"Only some years have a week {number}: of {years[0]} or of {years[1]}?"
    return Time(Ambiguous((latest, coming), question))


def _fix_week(number: int) -> BuildDays:
    return lambda year: build_week(year, number)
