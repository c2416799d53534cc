"""Changes the times of the query before: "and last year?", "put Q2 next to it". Pure."""

import re
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.edits.words import NEXT_TO
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.queries.windows import (
    is_last_period,
    is_one_period,
    is_same_time,
    list_days,
    move_window,
    resolve_days,
)
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.language.readings import TimeShift

MIN_YEAR = 300
"""Days; what is shorter has a year that it is in."""
WHOLE_TIME = re.compile(
    r"\b(?:for|of|over|in|across) the (?:whole |entire |full |complete |whole of the )?"
    r"(?P<unit>day|week|month|quarter|year|period|time)\b(?! (?:before|after|of|to))"
)


WHOLE_YEAR = re.compile(
    r"\b(?:over|during|throughout|across|whole|entire|all of|full) .*\byear\b|\bin the last year\b"
)


def change_window(
    query: Json, question: Question, request: Request, today: date
) -> None:
    """Sets the window that is meant, of that which the query has. Raises `NeedsAnswer`,
    `BadWindow`, `OverflowError`."""
    if not _names_whole_year(question) and _means_year_before(query, request, today):
        request.shift, request.window = TimeShift("year", -1), None
    _leave_window(query, question, request, today)
    if request.shift is not None:
        moved = None
        if "window" in query:
            moved = move_window(query["window"], request.shift, today=today)
        if moved is None:
            raise NeedsAnswer(
                "The figures before had no first day: before or after which time?"
            )
        query["window"] = moved
    _begin_window(query, request, today)
    if request.window is not None or request.windows:
        query.pop("window", None)
    is_new = request.window is not None or request.shift is not None or request.windows
    if is_new and isinstance(query.get("compareTo"), dict):
        del query["compareTo"]


def _names_whole_year(question: Question) -> bool:
    """ "Over the last year", "all of last year": and not a month of it."""
    return any(WHOLE_YEAR.search(text) for text in question.lowered_words)


def _means_year_before(query: Json, request: Request, today: date) -> bool:
    """ "And last year?", of a month: the same month of it."""
    is_year = request.window == {"unit": "year", "count": 1, "offset": 1}
    if not (is_year and request.has_only("window") and "window" in query):
        return False
    days = resolve_days(query["window"], today=today)
    return days is not None and (days[1] - days[0]).days < MIN_YEAR


def _leave_window(
    query: Json, question: Question, request: Request, today: date
) -> None:
    """ "Previous month?", of the figures of the last one: nobody asks for the same again. Who says
    no time, or something else with it, does."""
    before = query.get("window")
    says_time = any(each.time is not None for each in question.mentions)
    is_alone = says_time and question.request.has_only("window")
    is_past = is_last_period(request.window) and is_alone
    if is_past and before and is_same_time(before, request.window, today=today):
        request.window = move_window(before, TimeShift("period", -1), today=today)


def _begin_window(query: Json, request: Request, today: date) -> None:
    """ "Only until June", of figures of this year: from the same day on."""
    window = request.window or {}
    if "window" not in query or window.keys() != {"lastDay"}:
        return
    first, _ = list_days(query["window"], today=today)
    if first is not None and first < date.fromisoformat(window["lastDay"]):
        request.window = {"firstDay": first.isoformat(), **window}


def compare_next_to(
    query: Json, question: Question, request: Request, today: date
) -> None:
    """ "Put Q2 next to it", "last year for comparison": another time to compare with."""
    if question.means(NEXT_TO) and request.has_only("window", "shift"):
        request.compare_to, request.window = request.window, None
        if is_same_time(query.get("window"), request.compare_to, today=today):
            request.compare_to = "previous"  # "The previous quarter", of that one.
        request.compare_shift, request.shift = request.shift, None


def turn_around(query: Json, request: Request) -> None:
    """ "The other way round", of two times that are compared."""
    is_pair = isinstance(query.get("compareTo"), dict) and "window" in query
    if request.flips and is_pair:
        query["window"], query["compareTo"] = query["compareTo"], query["window"]
        request.flips = False


def means_whole(query: Json, question: Question, request: Request, today: date) -> bool:
    """ "And for the whole week?", of the days of one: the total of the same week."""
    is_bare = request.has_only("window", "group_by")
    if "window" not in query or not query.get("groupBy") or not is_bare:
        return False
    named = WHOLE_TIME.search(" ".join(question.lowered_words))
    if named is None or not {*request.group_by} <= {named["unit"]}:
        return False
    return named["unit"] in query["groupBy"] or is_one_period(
        query["window"], named["unit"], today=today
    )
