"""Times that say again, or bound, what another time of the question says: "the last six months of
2025, July through December", "2025 by month, through June", "on the day of 14 July"."""

import re
from collections.abc import Sequence
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Draft
from agents.local.insights.question.groups import SPLITTING
from agents.local.insights.question.times_in_years import YEARS
from agents.local.insights.question.windows import build_window, count_periods
from agents.local.insights.words.lexicon import Role
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import DaySpan, PeriodSpan
from agents.local.language.time_expressions import read_whole_time
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS

JOINING = frozenset({"and", "or", "&", "+", "plus", "vs", "versus"})
ONWARD = re.compile(r"(?is)(.*?)(\s+on(?:wards?)?)?")
"""The "on" of "from July on", with what stands before it."""
ASKING = (Role.BY, Role.WHICH, Role.SUPERLATIVE, Role.BREAKDOWN)


def settle_repeated_times(draft: Draft, today: Today) -> None:
    """Of two times that are one, keep that one."""
    request = draft.request
    times = [
        each
        for each in draft.mentions
        if isinstance(each.time, DaySpan | PeriodSpan)
        and build_window(each.time) in request.windows
    ]
    if len(times) != len(request.windows) or len(times) != 2:
        return
    one = _join_times(times, today)
    if one is not None:
        request.windows = [one]


def _join_times(times: Sequence[Mention], today: Today) -> Json | None:
    """The second, without a year, is in that of the first: the same days, or a bound of them."""
    first, second = (list_days(_name_window(each), today=today) for each in times)
    text = times[1].text
    if None in first or not JOINING.isdisjoint(text.casefold().split()[:1]):
        return None
    if None not in second:
        is_same = [_omit_year(each) for each in first] == [
            _omit_year(each) for each in second
        ]
        is_yearless = YEARS.search(times[0].text) and not YEARS.search(text)
        return _name_window(times[0]) if is_same and is_yearless else None
    bound = _place_bound(text, first, second, today)
    if bound is None:
        return None
    start, end = first
    is_until = second[0] is None
    days = DaySpan(start, bound) if is_until else DaySpan(bound, end)
    return build_window(days)


def _place_bound(
    text: str,
    within: tuple[date | None, date | None],
    open_days: tuple[date | None, date | None],
    today: Today,
) -> date | None:
    """The day that an open time ends or begins with, if it is one of some days."""
    first, last = within
    bound = open_days[0] or open_days[1]
    if first is None or last is None or bound is None:
        return None
    in_one_year = first.year == last.year
    if not first <= bound <= last and in_one_year and not YEARS.search(text):
        bound = _name_bound(text, first.year, today)
    return bound if bound is not None and first <= bound <= last else None


def _name_bound(text: str, year: int, today: Today) -> date | None:
    """ "Through June", "from July on", of a year."""
    parts = ONWARD.fullmatch(text.lstrip(" ,;-"))
    name, onward = ("", "") if parts is None else parts.groups(default="")
    named = read_whole_time(f"{name} {year}{onward}", today=today)
    return named.first or named.last if isinstance(named, DaySpan) else None


def _name_window(mention: Mention) -> Json:
    time = mention.time
    return build_window(time) if isinstance(time, DaySpan | PeriodSpan) else {}


def _omit_year(day: date | None) -> tuple[int, int] | None:
    return None if day is None else (day.month, day.day)


def use_named_units(draft: Draft, today: Today) -> None:
    """ "One day please: the 14th of July", "on the day of 31 October": of a time that is one day,
    rows by day are none."""
    window = draft.request.window
    if window is None:
        return
    for index, mention in enumerate(draft.mentions):
        unit = mention.get_name(Role.DIMENSION)
        if unit not in PERIODS or index in draft.used:
            continue
        splits = not SPLITTING.isdisjoint(mention.word.split())
        if splits or draft.is_after(index, *ASKING):
            continue
        if count_periods(window, unit, today) == 1:
            draft.use(index)
            before = draft.mentions[index - 1] if index else None
            if (
                before is not None
                and before.number is not None
                and before.number.value == 1
            ):
                draft.use(index - 1)
