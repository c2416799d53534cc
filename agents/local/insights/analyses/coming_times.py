"""Reads times that are still to come, of which figures can only be forecast. Pure."""

import re
from datetime import datetime, time, timedelta

from agents.local.dialogue_state import Json
from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Draft
from agents.local.insights.question.windows import build_window
from agents.local.insights.words.mentions import Mention
from agents.local.language.calendar_names import WEEKDAYS
from agents.local.language.readings import DaySpan, PeriodSpan
from agents.local.language.time_expressions import find_time_expressions
from agents.local.language.today import Today
from webapp.insights.query.periods import Period, add_periods

UP_TO = frozenset({"and", "to", "until", "till", "through", "up to"})
IS_OF_ONE_TIME = re.compile(r"(?i)\d{4}|\b(?:last|past|previous|this|next)\b")
DAY = timedelta(days=1)
WEEK = 7 * DAY
DIGIT = re.compile(r"\d")
PREPOSITION = re.compile(r"(?i)^(?:in|on|for|of|during|by|until|till|the)\s+")


def is_ahead(draft: Draft, today: Today) -> bool:
    """Whether figures are asked for of a time that has not begun."""
    window = draft.request.window
    if window is None or draft.request.compare_to is not None:
        return False
    first, _ = list_days(window, today=today)
    return first is not None and first > today.date


def take_until_next(draft: Draft, today: Today) -> None:
    """ "Between now and Friday", "from now until March": the coming one."""
    for index, mention in enumerate(draft.mentions):
        words = [draft.get_text(index - n) for n in (2, 1)]
        is_ahead_of_now = words[0] == "now" and words[1] in UP_TO
        following = _find_next(mention, today) if is_ahead_of_now else None
        if following is not None:
            draft.request.window = {"lastDay": following["lastDay"]}


def take_next(draft: Draft, today: Today) -> None:
    """A forecast "for December" is of the next one that is not over; "for November, December and
    January" is of one time."""
    request = draft.request
    windows = [request.window] if request.window else request.windows
    named = {
        str(build_window(each.time)): each
        for each in draft.mentions
        if isinstance(each.time, DaySpan)
    }
    coming: list[Json] = []
    for window in windows:
        mention = named.get(str(window))
        following = _find_next(mention, today) if mention is not None else None
        found = following or window
        days = list_days(found, today=today)
        # "Next month, December" is one time.
        if all(list_days(each, today=today) != days for each in coming):
            coming.append(found)
    coming = _join_next(coming, today)
    if len(coming) == 1:
        request.window, request.windows = coming[0], []
    else:
        request.windows = coming


def _join_next(windows: list[Json], today: Today) -> list[Json]:
    """Times of which each begins where the one before ends are one."""
    joined: list[Json] = []
    for window in windows:
        first, last = list_days(window, today=today)
        before = list_days(joined[-1], today=today) if joined else (None, None)
        ends = before[1]
        if ends is not None and first == ends + DAY:
            joined[-1] = build_window(DaySpan(before[0], last))
        else:
            joined.append(window)
    return joined


def _move_ahead(span: DaySpan, today: Today) -> DaySpan:
    """The same days of the first year in which they are not over."""
    if span.first is None or span.last is None:
        return span
    begin, end = (datetime.combine(d, time()) for d in (span.first, span.last + DAY))
    while end.date() <= today.date:
        begin, end = (add_periods(each, Period.YEAR, 1) for each in (begin, end))
    return DaySpan(begin.date(), end.date() - DAY)


def _find_next(mention: Mention, today: Today) -> Json | None:
    """`None` for what is not over, or is of one time: "last May"."""
    span = mention.time
    is_over = (
        isinstance(span, DaySpan) and span.last is not None and span.last < today.date
    )
    if not is_over or IS_OF_ONE_TIME.search(mention.text):
        return None
    if isinstance(span, DaySpan) and _is_in_year(mention.text, span):
        return build_window(_move_ahead(span, today))
    text = f"next {PREPOSITION.sub('', mention.text.lstrip(', '))}"
    for found in find_time_expressions(text, today=today)[:1]:
        if found.text == text and isinstance(found.reading, DaySpan | PeriodSpan):
            return build_window(found.reading)
    is_of_week = not WEEKDAYS.keys().isdisjoint(mention.word.split())
    return (
        None
        if is_of_week or not isinstance(span, DaySpan)
        else build_window(_move_ahead(span, today))
    )


def _is_in_year(text: str, span: DaySpan) -> bool:
    """Whether it comes again in each year: dates and months, but no days of the week."""
    if span.first is None or span.last is None:
        return False
    return DIGIT.search(text) is not None or span.last - span.first > WEEK
