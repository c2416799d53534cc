"""Categories of single words and numbers: months, counts, units, years, clock times."""

import re
from dataclasses import dataclass

from agents.local.language import calendar_names
from agents.local.language.calendar_days import BuildDays, ImpossibleTime
from agents.local.language.grammar import TokenReader
from agents.local.language.holidays import (
    HOLIDAYS,
    MAX_WORDS,
    NEW_YEARS_EVE,
    UNMISTAKABLE,
)
from agents.local.language.readings import GrainName, PeriodUnit
from agents.local.language.today import Today

WHOLE_NUMBER = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2}")
FRACTION = re.compile(r"[0-9]{1,9}[.,][0-9]{1,9}")


@dataclass(frozen=True)
class Name:
    """A named month, weekday, season or holiday."""

    number: int
    is_weak: bool
    """Whether the word has another use, and something else must say that it is a time."""


@dataclass(frozen=True)
class NamedHoliday:
    find_days: BuildDays
    is_weak: bool
    is_weekend: bool = False


@dataclass(frozen=True)
class Count:
    value: int
    problem: str = ""
    """Why it counts no periods, for whoever typed it."""

    def require_value(self) -> int:
        if self.problem:
            raise ImpossibleTime(self.problem)
        return self.value


@dataclass(frozen=True)
class TimeUnit:
    name: PeriodUnit
    size: int = 1


def read_month(reader: TokenReader, at: int) -> tuple[Name, int] | None:
    word = reader.get_word(at)
    number = calendar_names.MONTHS.get(word)
    if number is None or (word == "may" and _is_verb(reader, at)):
        return None
    is_weak = word in calendar_names.WORDS_OF_OTHER_USE and reader.is_lower(at)
    return Name(number, is_weak), _skip_dot(reader, at + 1, word)


def _skip_dot(reader: TokenReader, at: int, word: str) -> int:
    """The place behind the dot of an abbreviation, unless the dot ends the text."""
    is_dot = reader.get_word(at) == "." and reader.is_glued(at) and len(word) <= 5
    has_more = at + 1 < len(reader.tokens) and not reader.is_glued(at + 1)
    return at + 1 if is_dot and has_more else at


def _is_verb(reader: TokenReader, at: int) -> bool:
    before, after = reader.get_word(at - 1), reader.get_word(at + 1)
    return (
        before in calendar_names.PRONOUNS - {"this"}
        or after in (calendar_names.PRONOUNS - {"this", "that", "which", "who"})
        or after in calendar_names.VERBS_AFTER_MAY
    )


def read_weekday(reader: TokenReader, at: int) -> tuple[Name, int] | None:
    word = reader.get_word(at)
    number = calendar_names.WEEKDAYS.get(word)
    if number is None:
        return None
    is_weak = word in calendar_names.WEEKDAYS_OF_OTHER_USE
    return Name(number, is_weak), _skip_dot(reader, at + 1, word)


def read_plural_weekday(reader: TokenReader, at: int) -> tuple[int, int] | None:
    number = calendar_names.PLURAL_WEEKDAYS.get(reader.get_word(at))
    return None if number is None or is_counted(reader, at) else (number, at + 1)


def is_counted(reader: TokenReader, at: int) -> bool:
    """Whether a number is before it: "the last three Mondays" are not those of every week."""
    if at == 0:
        return False
    return read_count(reader, at - 1) is not None or reader.get_word(at - 1) == "last"


def read_season(reader: TokenReader, at: int) -> tuple[Name, int] | None:
    month = calendar_names.SEASONS.get(reader.get_word(at))
    return None if month is None else (Name(month, is_weak=True), at + 1)


def read_holiday(reader: TokenReader, at: int) -> tuple[NamedHoliday, int] | None:
    words = tuple(reader.get_word(at + n) for n in range(MAX_WORDS))
    for length in range(MAX_WORDS, 0, -1):
        find_days = HOLIDAYS.get(words[:length])
        if find_days is not None:
            is_weak = words[0] not in UNMISTAKABLE
            is_weekend = words[length - 1] in {"weekend", "week", "bfcm"}
            return NamedHoliday(find_days, is_weak, is_weekend), at + length
    if words[:2] == ("new", "year") and _is_behind_christmas(reader, at):
        return NamedHoliday(NEW_YEARS_EVE, is_weak=False, is_weekend=False), at + 2
    return None


def _is_behind_christmas(reader: TokenReader, at: int) -> bool:
    """ "Between Christmas and New Year": until its eve; elsewhere a new year is a whole one."""
    links = {"and", "to", "till", "until", "through", "-", "\u2013"}
    is_linked = reader.get_word(at - 1) in links
    return is_linked and reader.get_word(at - 2) in {"christmas", "xmas"}


def read_unit(reader: TokenReader, at: int) -> tuple[TimeUnit, int] | None:
    word = reader.get_word(at)
    following = reader.get_word(at + 1)
    if word == "calendar" or (word == "iso" and following in {"week", "weeks"}):
        return read_unit(reader, at + 1) if following != word else None
    if word in {"half", "half-year"}:
        behind = at + (2 if reader.get_word(at + 1) in {"-", "\u2011"} else 1)
        is_year = reader.get_word(behind) in {"year", "years"}
        return (TimeUnit("month", 6), behind + 1) if is_year else None
    if word not in calendar_names.UNITS:
        return None
    name, size = calendar_names.UNITS[word]
    return TimeUnit(name, size), at + 1


def read_unit_letter(reader: TokenReader, at: int) -> tuple[TimeUnit, int] | None:
    name = calendar_names.UNIT_LETTERS.get(reader.get_word(at))
    return (TimeUnit(name), at + 1) if name and reader.is_glued(at) else None


def read_count(reader: TokenReader, at: int) -> tuple[Count, int] | None:
    word = reader.get_word(at)
    if word in {"-", "minus", "\u2212"}:
        inner = read_count(reader, at + 1) if reader.get_word(at + 1) != word else None
        problem = "A negative number of periods cannot be counted."
        return (Count(0, problem), inner[1]) if inner else None
    if word in calendar_names.VAGUE_COUNTS:
        return Count(0, f"How many is '{word}'? A number is needed."), at + 1
    found = _read_number(reader, at) or _read_count_words(reader, at)
    return _read_half(reader, *found) if found else None


def _read_half(reader: TokenReader, count: Count, at: int) -> tuple[Count, int]:
    words = tuple(reader.get_word(at + n) for n in range(3))
    if words == ("and", "a", "half"):
        return Count(0, "Only whole periods can be counted."), at + 3
    return count, at


def _read_number(reader: TokenReader, at: int) -> tuple[Count, int] | None:
    word = reader.get_word(at)
    if WHOLE_NUMBER.fullmatch(word):
        value = int(word.replace(",", ""))
        problem = "" if value else "A count of periods begins with 1."
        return Count(value, problem), at + 1
    if FRACTION.fullmatch(word):
        return Count(0, "Only whole periods can be counted."), at + 1
    return None


def _read_count_words(reader: TokenReader, at: int) -> tuple[Count, int] | None:
    if reader.get_word(at) in {"a", "an"}:
        at += 1
    word = reader.get_word(at)
    if word in {"couple", "dozen"}:
        value = {"couple": 2, "dozen": 12}[word]
        return Count(value), at + (2 if reader.get_word(at + 1) == "of" else 1)
    if word == "few":
        return Count(0, "How many is 'few'? A number is needed."), at + 1
    if word not in calendar_names.COUNT_WORDS:
        return None
    value, end = _read_compound(reader, at)
    return Count(value, "" if value else "A count of periods begins with 1."), end


def _read_compound(reader: TokenReader, at: int) -> tuple[int, int]:
    """Of "twenty-one" both words; else the one word."""
    word = reader.get_word(at)
    value = calendar_names.COUNT_WORDS[word]
    behind = at + (2 if reader.get_word(at + 1) == "-" else 1)
    ones = calendar_names.COUNT_WORDS.get(reader.get_word(behind), 0)
    if word in calendar_names.TENS and 1 <= ones <= 9:
        return value + ones, behind + 1
    return value, at + 1


def read_ordinal(reader: TokenReader, at: int) -> tuple[int, int] | None:
    """ "third", "3rd", "twenty-first"."""
    word = reader.get_word(at)
    if word in calendar_names.TENS:
        behind = at + (2 if reader.get_word(at + 1) == "-" else 1)
        ones = calendar_names.ORDINAL_WORDS.get(reader.get_word(behind), 10)
        return (calendar_names.TENS[word] + ones, behind + 1) if ones < 10 else None
    if word in calendar_names.ORDINAL_WORDS:
        return calendar_names.ORDINAL_WORDS[word], at + 1
    return read_short_ordinal(reader, at)


def read_short_ordinal(reader: TokenReader, at: int) -> tuple[int, int] | None:
    """ "3rd"."""
    is_ending = reader.get_word(at + 1) in calendar_names.ORDINAL_ENDINGS
    if is_ending and reader.is_glued(at + 1):
        number = re.fullmatch(r"[0-9]{1,2}", reader.get_word(at))
        return (int(number[0]), at + 2) if number else None
    return None


TOPS = frozenset(
    {
        "top", "best", "worst", "bottom", "first", "last", "only", "over", "under",
        "than", "least", "most", "above", "below", "past", "previous", "next", "every",
        "these",
    }
)  # fmt: skip
"""Before a number, say that it counts something: "the top 3 May orders"."""


def read_month_day(reader: TokenReader, at: int) -> tuple[int, int] | None:
    """A day of a month, which may be one that no month has."""
    ordinal = read_ordinal(reader, at)
    if ordinal is not None:
        return ordinal
    if not re.fullmatch(r"[0-9]{1,2}", reader.get_word(at)):
        return None
    if reader.get_word(at - 1) in TOPS:
        return None
    return int(reader.get_word(at)), at + 1


def read_day_range(reader: TokenReader, at: int) -> tuple[tuple[int, int], int] | None:
    """ "10-20", with a sign or a word between the two days."""
    numbers = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", reader.get_word(at))
    if numbers:
        return (int(numbers[1]), int(numbers[2])), at + 1
    first = read_month_day(reader, at)
    if first is None or reader.get_word(first[1]) not in RANGE_WORDS:
        return None
    behind = first[1] + 1
    last = read_month_day(reader, behind + (reader.get_word(behind) == "the"))
    return ((first[0], last[0]), last[1]) if last else None


RANGE_WORDS = frozenset(
    {
        "to",
        "through",
        "thru",
        "until",
        "till",
        "til",
        "-",
        "\u2013",
        "\u2014",
        "\u2011",
        "..",
        "->",
        "-->",
        "=>",
        "\u2192",
    }
)


JOINING_ORDINALS = RANGE_WORDS | {
    "and", "or", "&", "with", "vs", "versus", "against", "compared", "over", "on", ",", "/", "+",
}  # fmt: skip


def read_year(reader: TokenReader, at: int) -> tuple[int, int] | None:
    """Four or five digits, or two behind an apostrophe, which are of this century."""
    word = reader.get_word(at)
    if re.fullmatch(r"[0-9]{4,5}", word):
        return int(word), at + 1
    two_digits = re.fullmatch(r"[0-9]{2}", reader.get_word(at + 1))
    if word in {"'", "\u2019"} and two_digits and reader.is_glued(at + 1):
        return find_century(int(two_digits[0]), reader.today), at + 2
    return None


def read_short_year(reader: TokenReader, at: int) -> tuple[int, int] | None:
    word = reader.get_word(at)
    if not re.fullmatch(r"[0-9]{2}", word):
        return None
    return find_century(int(word), reader.today), at + 1


def find_century(two_digits: int, today: Today) -> int:
    return today.date.year // 100 * 100 + two_digits


def read_year_pair(reader: TokenReader, at: int) -> tuple[int, int] | None:
    """ "2025/26" and "2025-2026": the first of two years that follow each other."""
    pair = re.fullmatch(r"([0-9]{4})[/-]([0-9]{2}|[0-9]{4})", reader.get_word(at))
    if pair is None:
        return None
    first, second = int(pair[1]), pair[2]
    return (first, at + 1) if str(first + 1).endswith(second) else None


def read_number_of_year(
    reader: TokenReader, at: int
) -> tuple[tuple[int, int], int] | None:
    """ "3/2025" behind the "Q" of a quarter: the number and the year, which are one token."""
    found = re.fullmatch(
        r"([0-9]{1,2})(?:/([0-9]{2})|[/-]([0-9]{4}))", reader.get_word(at)
    )
    if found is None:
        return None
    short, year = found[2], found[3]
    named = int(year) if year else find_century(int(short), reader.today)
    return (int(found[1]), named), at + 1


def read_quarter(reader: TokenReader, at: int) -> tuple[int, int] | None:
    """ "Q3"; 0 and 5 to 9 are read as well, and are no quarter of a year."""
    if reader.get_word(at + 1) == "q" and reader.is_glued(at + 1):
        turned = re.fullmatch(r"[1-4]", reader.get_word(at))
        return (int(turned[0]), at + 2) if turned else None
    # "Last quarter's 5 best products".
    is_owner = any(each.is_possessive for each in reader.tokens[at : at + 1])
    is_short = reader.get_word(at) in {"q", "quarter"} and not is_owner
    number = re.fullmatch(r"[0-9]", reader.get_word(at + 1))
    if is_short and number:
        return int(number[0]), at + 2
    word_count = calendar_names.COUNT_WORDS.get(reader.get_word(at + 1), 9)
    if is_short and word_count <= 4 and reader.get_word(at) == "quarter":
        return word_count, at + 2
    return _read_ordinal_of(reader, at, QUARTER_WORDS, "QUARTER")


def _read_ordinal_of(
    reader: TokenReader, at: int, nouns: frozenset[str], category: str
) -> tuple[int, int] | None:
    ordinal = read_ordinal(reader, at)
    if ordinal is None:
        return None
    number, behind = ordinal
    if reader.get_word(behind) in nouns:
        return number, behind + 1
    return ordinal if _is_joined_to(reader, behind, category) else None


def _is_joined_to(reader: TokenReader, at: int, category: str) -> bool:
    """ "The second to the third quarter": whether an ordinal is of what the next one is of."""
    if reader.get_word(at) not in JOINING_ORDINALS:
        return False
    behind = at + 1
    while reader.get_word(behind) in {"to", "with", "the", ".", "against"}:
        behind += 1
    is_ordinal = read_ordinal(reader, behind) is not None
    return is_ordinal and reader.read_category(category, behind) is not None


def read_half_year(reader: TokenReader, at: int) -> tuple[int, int] | None:
    if reader.get_word(at) == "h" and reader.get_word(at + 1) in {"1", "2"}:
        return (
            (int(reader.get_word(at + 1)), at + 2) if reader.is_glued(at + 1) else None
        )
    half = _read_ordinal_of(reader, at, HALF_WORDS, "HALFYEAR")
    return half if half is not None and half[0] <= HALVES_OF_YEAR else None


HALVES_OF_YEAR = 2
QUARTER_WORDS = frozenset({"quarter", "quarters", "qtr"})
HALF_WORDS = frozenset({"half", "halves"})


def read_week_number(reader: TokenReader, at: int) -> tuple[Name, int] | None:
    """ "week 7", "KW 7", "W07"; a "W" needs something else that says it is a week."""
    word = reader.get_word(at)
    behind = at + 1
    if word in {"calendar", "iso"} and reader.get_word(behind) == "week":
        word, behind = "week", behind + 1
    number = re.fullmatch(r"[0-9]{1,2}", reader.get_word(behind))
    if number is None or word not in {"week", "wk", "kw", "cw", "w"}:
        return None
    if word == "w" and not reader.is_glued(behind):
        return None
    return Name(int(number[0]), is_weak=word == "w"), behind + 1


def read_grain_word(reader: TokenReader, at: int) -> tuple[GrainName, int] | None:
    grain = calendar_names.GRAINS.get(reader.get_word(at))
    return (grain, at + 1) if grain else None


def read_daytime(reader: TokenReader, at: int) -> tuple[tuple[int, int], int] | None:
    hours = calendar_names.DAYTIMES.get(reader.get_word(at))
    return (hours, at + 1) if hours else None


def read_plural_daytime(
    reader: TokenReader, at: int
) -> tuple[tuple[int, int], int] | None:
    hours = calendar_names.PLURAL_DAYTIMES.get(reader.get_word(at))
    return (hours, at + 1) if hours else None
