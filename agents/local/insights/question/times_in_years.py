"""Times without a year, which are in the one that other words of a question name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Draft
from agents.local.insights.question.windows import build_window
from agents.local.insights.words.mentions import Mention
from agents.local.language.holidays import find_holidays
from agents.local.language.readings import DaySpan, PeriodSpan, TimeShift
from agents.local.language.time_expressions import read_whole_time
from agents.local.language.today import Today

THE_ONES = frozenset({"one", "ones", "the one", "the ones", "that", "those"})
YEARS = re.compile(
    r"(?i)\b(?:(?:of|in)\s+)?(?:the\s+)?(?:last|this|previous) year(?:['\u2019]s)?\b"
    r"|\b(?:19|20)\d\d\b"
)


def place_in_years(
    mentions: Sequence[Mention], talk: Iterable[Mention], today: Today
) -> list[Mention]:
    """ "I am closing the books of 2025. What were the sales of the third quarter?": the year that
    is said before is that of the time, as of "last year, January to December"."""
    asked = [each for each in mentions if isinstance(each.time, DaySpan | PeriodSpan)]
    said = {_find_said_year(each, today) for each in talk} - {None}
    if len(asked) != 1 or len(said) != 1 or today.date.year in said:
        return list(mentions)
    placed = _name_in_year(asked[0], said.pop(), today)
    return [
        replace(each, time=placed) if each is asked[0] and placed is not None else each
        for each in mentions
    ]


def place_in_year(draft: Draft, today: Today) -> None:
    """ "Last year, January to December", "Q1, 2026 vs 2025": a time without a year is in the one
    that is said by itself."""
    request = draft.request
    times = [
        n
        for n, each in enumerate(draft.mentions)
        if isinstance(each.time, DaySpan | PeriodSpan)
    ]
    if (
        len(times) != len(request.windows)
        or len(times) != 2
        or _lists_both(draft, times[1])
    ):
        return
    one, two = (draft.mentions[n] for n in times)
    years = [_find_said_year(each, today) for each in (one, two)]
    year = next((each for each in years if each is not None), None)
    mention = two if years[0] is not None else one
    placed = _name_in_year(mention, year, today)
    if placed is None:
        return
    request.windows = [build_window(placed)]
    compared = request.compare_to
    other = _find_year(compared, today) if isinstance(compared, dict) else None
    moved = _name_in_year(mention, other, today)
    if moved is not None:
        request.compare_to = build_window(moved)


def _lists_both(draft: Draft, index: int) -> bool:
    """ "In 2025 and in October": two times, and none within the other."""
    words = {"and", "or", "&", "+", "plus", "vs", "versus"}
    before = draft.mentions[index - 1].text.casefold().split()
    return not words.isdisjoint(
        {draft.mentions[index].text.casefold().split()[0], *before}
    )


def _find_said_year(mention: Mention, today: Today) -> int | None:
    if not isinstance(mention.time, DaySpan | PeriodSpan) or not YEARS.search(
        mention.text
    ):
        return None
    return _find_year(build_window(mention.time), today)


def _find_year(window: Json, today: Today) -> int | None:
    """Which whole year a window is."""
    first, last = list_days(window, today=today)
    if first is None or last is None:
        return None
    is_year = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    return first.year if is_year and first.year == last.year else None


def _name_in_year(
    mention: Mention | None, year: int | None, today: Today
) -> DaySpan | None:
    """What a text without a year means in that one."""
    if mention is None or year is None or YEARS.search(mention.text):
        return None
    name = mention.text.removesuffix("'s").lstrip(" ,;-")
    reading = read_whole_time(f"{name} {year}", today=today)
    if (
        not isinstance(reading, DaySpan)
        or reading.first is None
        or reading.last is None
    ):
        return None
    return reading if reading.last.year == year else None


def name_same(draft: Draft, today: Today) -> None:
    """ "Black Friday against the one in 2024", "the 2024 one": the second time is that of 2024."""
    for index, mention in enumerate(draft.mentions):
        near = draft.mentions[max(index - 3, 0) : index + 2]
        points = any(each.text.casefold() in THE_ONES for each in near)
        if not points or not isinstance(mention.time, DaySpan):
            continue
        same = find_same(draft, mention.time, today)
        if same and build_window(mention.time) == draft.request.compare_to:
            draft.request.compare_to = build_window(same)


def find_same(draft: Draft, year: DaySpan, today: Today) -> DaySpan | None:
    """ "Against the one of 2024", of Black Friday: that of another year."""
    if year.first is None or year.last is None or (year.last - year.first).days < 364:
        return None
    for mention in draft.mentions:
        if isinstance(mention.time, DaySpan):
            name = YEARS.sub("", mention.text).strip()
            same = read_whole_time(f"{name} {year.first.year}", today=today)
            if isinstance(same, DaySpan):
                return same
    return None


def name_holiday_before(draft: Draft, today: Today) -> None:
    """ "Black Friday compared with the one before", or with the year before: that of the year
    before, which may be another date."""
    request = draft.request
    is_before = request.compare_to == "last_year" or request.compare_shift in BEFORE
    names = [
        name
        for each in draft.mentions
        if isinstance(each.time, DaySpan) and build_window(each.time) == request.window
        for name in find_holidays(each.text)
    ]
    if not is_before or len(names) != 1 or request.window is None:
        return
    first, _ = list_days(request.window, today=today)
    year = 0 if first is None else first.year - 1
    other = read_whole_time(f"{names[0]} {year}", today=today)
    if isinstance(other, DaySpan):
        is_fixed = first is not None and other.first == _move_year(first)
        request.compare_to = "last_year" if is_fixed else build_window(other)
        request.compare_shift = None


BEFORE = (TimeShift("year", -1), TimeShift("period", -1))


def _move_year(day: date) -> date | None:
    is_leap_day = (day.month, day.day) == (2, 29)
    return None if is_leap_day else day.replace(year=day.year - 1)
