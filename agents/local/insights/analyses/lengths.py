"""Reads lengths of time that are no windows: months of a life, days ahead, a lead time. Pure."""

import re
from collections.abc import Container, Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

from agents.local.insights.question.draft import Draft
from agents.local.insights.question.windows import build_window
from agents.local.insights.talk.asides import LEAD_TIME
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.language.readings import DaySpan, TimeGrain

MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
DAYS_OF = {"day": 1, "week": 7, "month": 30}
HALF_YEAR = re.compile(r"(?i)\bhalf(?:[ -]a)?[ -]year\b")
THROUGH = frozenset({"to", "through", "until", "till", "up to", "and", "-", "\u2013"})
SINCE = frozenset({"after", "up to", "until", "through"})
WITHIN = frozenset({"within", "in", "after", "over"})
YEARS = range(2000, 2100)
OF_YEAR = frozenset({
    "customers", "buyers", "shoppers", "cohort", "cohorts", "joiners", "intake", "starters",
})  # fmt: skip
AHEAD = frozenset({"ahead", "out", "from now", "horizon", "forward", "to come", "away"})


def asks_who_returns(draft: Draft) -> bool:
    """ "Repeat buyers within 3 months": after their first order, as no time is named."""
    returning = Meaning(Role.VALUE, "returning", "customer_status")
    return any(each.find(Role.VALUE) == returning for each in draft.mentions) and any(
        _is_since(draft, n) or _is_within(draft, n) for n in range(len(draft.mentions))
    )


def _is_within(draft: Draft, index: int) -> bool:
    """ "Within 3 months", which is no window."""
    after = draft.mentions[index + 1 : index + 3]
    return (
        draft.mentions[index].text.casefold() in WITHIN
        and len(after) == 2
        and after[0].number is not None
        and any(each.name in MONTHS_OF for each in after[1].meanings)
    )


def _is_since(draft: Draft, index: int) -> bool:
    """ "After 6 months", "up to 6 months"."""
    after = draft.mentions[index + 1 : index + 2]
    is_number = any(each.number is not None for each in after)
    return is_number and draft.mentions[index].text.casefold() in SINCE


def read_life(draft: Draft) -> None:
    """ "Over the half year after their first order", "months 1 to 6": no times of the calendar."""
    mentions = draft.mentions
    draft.mentions = [
        replace(each, time=None) if HALF_YEAR.search(each.text) else each
        for each in mentions
    ]
    for index, mention in enumerate(mentions):
        if HALF_YEAR.search(mention.text):
            draft.use(index)
            draft.request.months = 6
        first = mention.find(Role.DIMENSIONS)
        if first is not None and first.name == "month":
            _read_month_numbers(draft, index + 1)
    _read_year(draft)
    draft.mentions = [
        each.drop(Role.PERSONAL) if each.word in {"who", "whose"} else each
        for each in draft.mentions
    ]


def _read_year(draft: Draft) -> None:
    """ "2025 customers", "the 2025 cohort": of a year, and no number of them."""
    for index, number in draft.numbers:
        year = int(number.value)
        is_year = not (number.is_money or number.is_percent) and year in YEARS
        if is_year and draft.get_text(index + 1) in OF_YEAR:
            draft.use(index)
            days = DaySpan(date(year, 1, 1), date(year, 12, 31))
            draft.request.windows.append(build_window(days))


def _read_month_numbers(draft: Draft, begin: int) -> None:
    """ "1 to 6", behind "months": up to the last one."""
    words = draft.mentions[begin : begin + 3]
    if len(words) == 3 and words[1].text.casefold() in THROUGH:
        first, last = words[0].number, words[2].number
        if first is not None and last is not None and first.value in (0, 1):
            draft.use(begin, begin + 1, begin + 2)
            draft.request.months = int(last.value)


def _read_short_months(draft: Draft) -> None:
    """ "M1 to M6", "m3": up to the last one."""
    for index, mention in enumerate(draft.mentions[:-1]):
        number = draft.mentions[index + 1].number
        is_glued = draft.mentions[index + 1].start == mention.end
        if mention.word == "m" and number is not None and is_glued:
            draft.use(index, index + 1)
            draft.request.months = int(number.value)


def read_months(draft: Draft) -> None:
    """ "Who ordered again within 3 months", "over half a year"."""
    _read_short_months(draft)
    # "Customers whose first order was in 2025", "over the first 6 months".
    draft.use(*draft.list_places({"first"}))
    draft.use(*(n for n in range(len(draft.mentions)) if _is_since(draft, n)))
    for count, unit in _use_lengths(draft, MONTHS_OF):
        draft.request.months = count * MONTHS_OF[unit]
    for index, (before, mention) in enumerate(pairwise(draft.mentions), 1):
        meaning = mention.find(Role.DIMENSION)
        is_one = before.text.casefold() in {"a", "one"}
        if meaning is not None and meaning.name in MONTHS_OF and is_one:
            draft.use(index)
            draft.request.group_by = []
            draft.request.months = MONTHS_OF[meaning.name]


def read_cover(draft: Draft) -> None:
    """ "If it takes 3 weeks to deliver", or how far is looked ahead."""
    draft.gaps = [each for each in draft.gaps if each.text.casefold() != "late"]
    if names_lead_time(draft):
        read_lead_time(draft)
    else:
        read_horizon(draft)


def read_horizon(draft: Draft) -> None:
    """ "14 days ahead", "within 30 days", "30 day horizon": from now on."""
    if draft.request.window is not None:
        return
    groups = list(draft.request.group_by)
    for count, unit in _use_lengths(draft, DAYS_OF):
        draft.request.window = {"unit": unit, "count": count, "offset": -count}
        groups = [each for each in groups if each != unit or _is_said_by(draft, unit)]
        draft.use(*draft.list_places(AHEAD))
    draft.request.group_by = groups


def _is_said_by(draft: Draft, unit: str) -> bool:
    """ "By day, 14 days ahead"."""
    times = [each.time for each in draft.mentions]
    return any(isinstance(each, TimeGrain) and each.name == unit for each in times)


def names_lead_time(draft: Draft) -> bool:
    texts = [each.text for each in draft.mentions] + [each.text for each in draft.gaps]
    return any(map(LEAD_TIME.search, texts))


def read_lead_time(draft: Draft) -> None:
    """ "If it takes 3 weeks to deliver"."""
    for count, unit in _use_lengths(draft, DAYS_OF):
        draft.request.lead_days = count * DAYS_OF[unit]
        draft.gaps = [each for each in draft.gaps if not LEAD_TIME.search(each.text)]
        draft.use(
            *(n for n, m in enumerate(draft.mentions) if LEAD_TIME.search(m.text))
        )


def _use_lengths(draft: Draft, units: Container[str]) -> Iterator[tuple[int, str]]:
    """Numbers with a unit of time behind them, which are no rows: "3 weeks"."""
    for index, number in draft.numbers:
        for after in draft.mentions[index + 1 : index + 2]:
            meaning = after.find(Role.DIMENSIONS) or after.find(Role.DIMENSION)
            if meaning is not None and meaning.name in units:
                draft.request.group_by = []
                draft.use(index, index + 1)
                yield int(number.value), meaning.name
