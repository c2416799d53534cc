"""The categories that patterns name, from single words to whole times."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from agents.local.language import (
    calendar_names,
    counted_weekdays,
    date_numbers,
    month_days,
    near_times,
    qualified_times,
    recurring_times,
    relative_times,
    time_parts,
    weekdays,
    word_categories,
    year_parts,
    years,
)
from agents.local.language.comparison_words import COMPARED, read_versus
from agents.local.language.earlier_queries import SAME_PLACES, SHIFTS
from agents.local.language.grammar import (
    Category,
    Rules,
    TokenReader,
    build_words,
)
from agents.local.language.holidays import HOLIDAYS
from agents.local.language.time_ranges import RANGES, read_year_range


def join_categories(*choices: Rules) -> Category:
    """The longest match of several, the earlier of two equal."""

    def read_longest(reader: TokenReader, at: int) -> tuple[Any, int] | None:
        matches = [choice.read_longest(reader, at) for choice in choices]
        found = [match for match in matches if match is not None]
        return max(found, key=lambda match: match[1], default=None)

    return read_longest


def read_small_number(reader: TokenReader, at: int) -> tuple[int, int] | None:
    word = reader.get_word(at)
    return (int(word), at + 1) if re.fullmatch(r"[0-9]{1,2}", word) else None


TIMES = (
    qualified_times.QUALIFIED,
    relative_times.RELATIVE,
    month_days.DAYS,
    year_parts.YEAR_PARTS,
    years.YEARS,
    near_times.NEAR_TIMES,
    weekdays.WEEKDAY_TIMES,
)
CATEGORIES: Mapping[str, Category] = {
    "CLOCK": recurring_times.read_clock,
    "CLOCKPAIR": recurring_times.read_clock_pair,
    "COUNT": word_categories.read_count,
    "COUNTEDTIME": relative_times.RELATIVE.read_longest,
    "DATE": month_days.DATES.read_longest,
    "DATENUMBER": date_numbers.read_date_number,
    "BAREDAY": date_numbers.read_bare_day,
    "DAYANDMONTH": date_numbers.read_day_and_month,
    "DOTTEDDAY": date_numbers.read_dotted_day,
    "DOTTEDRANGE": date_numbers.read_dotted_range,
    "DAYNUMBER": word_categories.read_month_day,
    "DAYPART": word_categories.read_daytime,
    "DAYPARTS": word_categories.read_plural_daytime,
    "DAYRANGE": word_categories.read_day_range,
    "GRAINWORD": word_categories.read_grain_word,
    "HALFYEAR": word_categories.read_half_year,
    "HOLIDAY": word_categories.read_holiday,
    "MONTH": word_categories.read_month,
    "MONTHDAYS": month_days.MONTH_DAYS.read_longest,
    "NUMBER": read_small_number,
    "NUMBEROFYEAR": word_categories.read_number_of_year,
    "OFYEAR": years.OF_YEAR.read_longest,
    "OPENING": build_words(frozenset({"("})),
    "ORDINAL": word_categories.read_ordinal,
    "QUARTER": word_categories.read_quarter,
    "QUARTERNAME": word_categories.read_quarter,
    "RECURRINGDAY": counted_weekdays.read_recurring_day,
    "SAMEPLACE": SAME_PLACES.read_longest,
    "SEASON": word_categories.read_season,
    "SHIFT": SHIFTS.read_longest,
    "SHORTORDINAL": word_categories.read_short_ordinal,
    "SHORTYEAR": word_categories.read_short_year,
    "SPANTIME": join_categories(RANGES, time_parts.PARTS, *TIMES),
    "TIME": join_categories(time_parts.PARTS, *TIMES),
    "UNIT": word_categories.read_unit,
    "UNITLETTER": word_categories.read_unit_letter,
    "VERSUS": read_versus,
    "WEEKDAY": word_categories.read_weekday,
    "WEEKDAYLIST": recurring_times.read_weekday_list,
    "WEEKDAYPLURAL": word_categories.read_plural_weekday,
    "WEEKNUMBER": word_categories.read_week_number,
    "WEEKTIME": year_parts.WEEKS.read_longest,
    "WHOLE": join_categories(time_parts.WHOLES, *TIMES),
    "YEAR": word_categories.read_year,
    "YEARPAIR": word_categories.read_year_pair,
    "YEARRANGE": read_year_range,
    "YEARWORDS": years.YEAR_WORDS.read_longest,
}


WORDS_OF_CATEGORIES = frozenset(
    {
        *calendar_names.MONTHS, *calendar_names.WEEKDAYS, *calendar_names.SEASONS,
        *calendar_names.PLURAL_WEEKDAYS, *calendar_names.UNITS, *calendar_names.GRAINS,
        *calendar_names.COUNT_WORDS, *calendar_names.VAGUE_COUNTS, *calendar_names.TENS,
        *calendar_names.ORDINAL_WORDS, *calendar_names.DAYTIMES,
        *calendar_names.PLURAL_DAYTIMES, *COMPARED, *(name[0] for name in HOLIDAYS),
        "a", "an", "calendar", "couple", "dozen", "half", "iso", "minus", "noon", "midday",
        "midnight",
        "q", "h", "w", "kw", "cw", "wk", "vs", "versus", "against", "alongside", "beside", "than",
        "with", "to",
    }
)  # fmt: skip


def list_starters(rules: Iterable[Rules]) -> frozenset[str]:
    """The words with which a phrase can begin, besides numbers: others need not be tried."""
    return WORDS_OF_CATEGORIES.union(*(each.first_words for each in rules))
