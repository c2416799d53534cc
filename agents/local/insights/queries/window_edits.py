"""Changes the times of the query before: "and last year?", "put Q2 next to it". Pure."""

import re
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.edits.words import NEXT_TO
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.queries.windows import (
    build_days,
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
from agents.local.language.today import Today

LAST_YEAR = {"unit": "year", "count": 1, "offset": 1}
ONE_WAY = (
    "A time that is not over is compared with the same part of the one before; the other way round "
    "there is no such part."
)
SAME = TimeShift("period", 0)
""" "In that month"."""
MIN_YEAR = 300
"""Days; what is shorter has a year that it is in."""
WHOLE_TIME = re.compile(
    r"\b(?:for|of|over|in|across) the (?:whole |entire |full |complete |whole of the )?"
    r"(?P<unit>day|week|month|quarter|year|period|time)\b(?! (?:before|after|of|to))"
)


WHOLE_YEAR = re.compile(
    r"\b(?:over|during|throughout|across|whole|entire|all of|all|full|complete|total)\b"
    r".*\b(?:year|20\d\d)\b|\bin the last year\b|\byear 20\d\d\b|\b20\d\d as a whole\b"
)
ADDING = re.compile(
    r"(?:add|include|append|attach|throw(?: in)?|put in|bring in|adding|including)\b(?! up\b)"
)
""" "Add September", and not "also September", which may be of that alone."""
WIDENING = re.compile(
    r"\b(?:extend|widen|expand|broaden|stretch|enlarge|lengthen|zoom|period|window|timeframe|frame"
    r"|range|span|yearly|annual|annually|full-year)\b"
)
""" "Set the period to 2025": all of it."""


def _add_window(
    query: Json, question: Question, request: Request, today: Today
) -> None:
    """ "Add September", of October: both, where the one does not contain the other."""
    added = request.windows or ([request.window] if request.window else [])
    is_mere = request.has_only("window", "windows") and "compareTo" not in query
    is_mere = is_mere and not question.means(NEXT_TO)  # "As a second column".
    adds = any(ADDING.match(each.word) for each in question.mentions)
    if not (adds and is_mere and added and "window" in query):
        return
    first, last = list_days(query["window"], today=today)
    windows = []
    for each in added:
        start, end = list_days(each, today=today)
        if first is None or last is None or start is None or end is None:
            return
        if start <= last and first <= end:
            return
        windows.append(build_days(start, end))
        windows.append(build_days(first, last))
    request.window = None
    request.windows = [
        each for n, each in enumerate(windows) if each not in windows[:n]
    ]
    request.windows.sort(key=lambda each: str(each["firstDay"]))


def change_window(
    query: Json, question: Question, request: Request, today: Today
) -> None:
    """Sets the window that is meant, of that which the query has. Raises `NeedsAnswer`,
    `BadWindow`, `OverflowError`."""
    if not _names_whole_year(question):
        _move_to_year(query, request, today)
    _leave_window(query, question, request, today)
    if request.shift is not None and request.window:
        # "I meant October a year earlier".
        moved = move_window(request.window, request.shift, today=today)
        request.window, request.shift = moved, None
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
    """ "Over the last year", "all of 2025", "extend it to 2025": and not a month of it."""
    text = " ".join(question.lowered_words)
    return any(pattern.search(text) is not None for pattern in (WHOLE_YEAR, WIDENING))


def _move_to_year(query: Json, request: Request, today: Today) -> None:
    """ "And last year?", "I meant 2025", of a month: the same month of it. "Those months last
    year" say so."""
    is_mere = request.has_only("window", "shift") and "window" in query
    is_pointed = request.shift in (None, SAME)
    if not (is_mere and is_pointed and request.window):
        return
    days = resolve_days(query["window"], today=today)
    year = list_days(request.window, today=today)[0]
    is_year = is_one_period(request.window, "year", today=today)
    if days is None or year is None or not is_year:
        return
    count = year.year - days[0].year
    if count and (days[1] - days[0]).days < MIN_YEAR:
        request.shift, request.window = TimeShift("year", count), None


def _leave_window(
    query: Json, question: Question, request: Request, today: Today
) -> None:
    """ "Previous month?", of the figures of the last one: nobody asks for the same again. Who says
    no time, or something else with it, does."""
    before = query.get("window")
    says_time = any(each.time is not None for each in question.mentions)
    is_alone = says_time and question.request.has_only("window")
    is_past = is_last_period(request.window) and is_alone
    if is_past and before and is_same_time(before, request.window, today=today):
        request.window = move_window(before, TimeShift("period", -1), today=today)


def _begin_window(query: Json, request: Request, today: Today) -> None:
    """ "Only until June", of figures of this year: from the same day on."""
    window = request.window or {}
    if "window" not in query or window.keys() != {"lastDay"}:
        return
    first, _ = list_days(query["window"], today=today)
    if first is not None and first < date.fromisoformat(window["lastDay"]):
        request.window = {"firstDay": first.isoformat(), **window}


def change_comparison(
    query: Json, question: Question, request: Request, today: Today
) -> None:
    """Another time that is wanted together with that of the query, to compare with or not."""
    _add_window(query, question, request, today)
    _compare_next_to(query, question, request, today)


def _compare_next_to(
    query: Json, question: Question, request: Request, today: Today
) -> None:
    """ "Put Q2 next to it", "last year for comparison": another time to compare with."""
    if question.means(NEXT_TO) and request.has_only("window", "shift"):
        request.compare_to, request.window = request.window, None
        if is_same_time(query.get("window"), request.compare_to, today=today):
            request.compare_to = "previous"  # "The previous quarter", of that one.
        elif request.compare_to == LAST_YEAR or _are_years(
            query.get("window"), request.compare_to, today
        ):
            request.compare_to = "last_year"  # As far as this one has come.
        request.compare_shift, request.shift = request.shift, None
    if request.compare_shift and request.window and "window" in query:
        # "Compare it with the quarter before, Q2": both are the same time.
        other = move_window(query["window"], request.compare_shift, today=today)
        if is_same_time(other, request.window, today=today):
            request.window = None


def _are_years(window: Json | None, other: Json | str | None, today: Today) -> bool:
    """ "2025 beside it", of 2026: whether they are a year that is named, and the one before."""
    if not (isinstance(window, dict) and isinstance(other, dict)) or "unit" in other:
        return False
    first, start = (list_days(each, today=today)[0] for each in (window, other))
    are_whole = all(
        is_one_period(each, "year", today=today) for each in (window, other)
    )
    is_next = first is not None and start is not None and first.year == start.year + 1
    return are_whole and is_next


def turn_around(query: Json, request: Request) -> None:
    """ "The other way round", of two times that are compared. Raises `NeedsAnswer` where the one
    is cut to the same part as the other."""
    is_pair = isinstance(query.get("compareTo"), dict) and "window" in query
    if request.flips and is_pair:
        if "part" in query["compareTo"]:
            raise NeedsAnswer(ONE_WAY)
        query["window"], query["compareTo"] = query["compareTo"], query["window"]
        request.flips = False


def means_whole(
    query: Json, question: Question, request: Request, today: Today
) -> bool:
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
