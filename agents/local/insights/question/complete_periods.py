"""Reads that periods which are not over are not wanted: "by complete month", "the worst one that is
complete", "without the current month"."""

from datetime import date, datetime, time, timedelta

from agents.local.insights.question.draft import Draft
from agents.local.insights.words.lexicon import DIMENSION_ROLES
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import DaySpan, PeriodSpan, Reading, TimeGrain
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS
from webapp.insights.query.periods import Period, add_periods, find_period_start

OVER = frozenset({"complete", "completed", "finished", "closed", "full", "ended"})
WHOLE = OVER | {"whole", "entire"}
"""In front of a period."""
ROWS = frozenset({"one", "ones", "period", "periods"})
BEING = frozenset({"is", "are", "was", "were", "been", "being", "only", "just"})


def read_complete_periods(draft: Draft) -> None:
    has_rows = any(name in PERIODS for name in draft.request.group_by)
    if not (draft.follows or has_rows):
        return
    for index, mention in enumerate(draft.mentions):
        words = mention.text.casefold().split()
        if mention.time is None and words and _is_said(draft, index, words):
            draft.use(index)
            draft.request.complete = True


def _is_said(draft: Draft, index: int, words: list[str]) -> bool:
    after = draft.find_after(index)
    is_in_front = (
        words[-1] in WHOLE and after is not None and _names_rows(draft.mentions[after])
    )
    said_before = [*draft.get_text(index - 1).split(), *words[:-1]] if index else words
    is_behind = words[-1] in OVER and bool(said_before) and said_before[-1] in BEING
    return is_in_front or is_behind


def _names_rows(mention: Mention) -> bool:
    """ "Months", "each month", "ones"."""
    if isinstance(mention.time, TimeGrain) or mention.word in ROWS:
        return True
    return any(
        each.role in DIMENSION_ROLES and each.name in PERIODS
        for each in mention.meanings
    )


def find_running(reading: Reading | None, today: Today) -> str | None:
    """The period that is not over yet, if the time is one: "this month", in November "November"."""
    match reading:
        case PeriodSpan(unit=unit, count=1, offset=0):
            return unit
        case DaySpan(first=date() as first, last=date() as last):
            return next(
                (unit for unit in PERIODS if _is_running(first, last, unit, today)),
                None,
            )
    return None


def _is_running(first: date, last: date, unit: str, today: Today) -> bool:
    if unit == Period.HOUR:
        return False
    now = datetime.combine(today.date, time())
    start = find_period_start(now, Period(unit), today.week_start)
    end = add_periods(start, Period(unit), 1)
    return (start.date(), end.date()) == (first, last + timedelta(days=1))
