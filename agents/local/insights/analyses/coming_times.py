"""Reads times that are still to come, of which figures can only be forecast. Pure."""

import re
from datetime import date
from typing import Any

from agents.local.insights.queries.windows import list_days
from agents.local.insights.question.draft import Draft
from agents.local.insights.question.windows import build_window
from agents.local.insights.words.mentions import Mention
from agents.local.language.readings import DaySpan, PeriodSpan
from agents.local.language.time_expressions import find_time_expressions

IS_OF_ONE_TIME = re.compile(r"(?i)\d{4}|\b(?:last|past|previous|this|next)\b")
PREPOSITION = re.compile(r"(?i)^(?:in|on|for|of|during|by|until|till|the)\s+")


def is_ahead(draft: Draft, today: date) -> bool:
    """Whether figures are asked for of a time that has not begun."""
    window = draft.request.window
    if window is None or draft.request.compare_to is not None:
        return False
    first, _ = list_days(window, today=today)
    return first is not None and first > today


def take_next(draft: Draft, today: date) -> None:
    """A forecast "for December" is of the next one."""
    request = draft.request
    windows = [request.window] if request.window else request.windows
    named = {
        str(build_window(each.time)): each
        for each in draft.mentions
        if isinstance(each.time, DaySpan)
    }
    coming: list[dict[str, Any]] = []
    for window in windows:
        mention = named.get(str(window))
        following = _find_next(mention, today) if mention is not None else None
        found = following or window
        days = list_days(found, today=today)
        # "Next month, December" is one time.
        if all(list_days(each, today=today) != days for each in coming):
            coming.append(found)
    if len(coming) == 1:
        request.window, request.windows = coming[0], []
    else:
        request.windows = coming


def _find_next(mention: Mention, today: date) -> dict[str, str] | None:
    if IS_OF_ONE_TIME.search(mention.text):
        return None
    text = f"next {PREPOSITION.sub('', mention.text.lstrip(', '))}"
    for found in find_time_expressions(text, today=today)[:1]:
        if found.text == text and isinstance(found.reading, DaySpan | PeriodSpan):
            return build_window(found.reading)
    return None
