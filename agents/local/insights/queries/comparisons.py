"""The other time that figures are compared with, or their change along rows. Pure."""

from dataclasses import replace

from agents.local.dialogue_state import Json
from agents.local.insights.queries.compared_windows import is_before, take_part
from agents.local.insights.queries.parts import NeedsAnswer, has_period
from agents.local.insights.queries.windows import (
    is_last_period,
    is_one_period,
    is_same_time,
    list_days,
    move_window,
)
from agents.local.insights.question.draft import Request
from agents.local.language.readings import TimeShift
from agents.local.language.today import Today
from webapp.insights.query.definitions import PERIODS

WHICH_TIME = "Over which time, such as “last month” or “this year”?"


def set_comparison(query: Json, request: Request, today: Today) -> None:
    """Of a comparison with another window there is no other change. Raises `NeedsAnswer` where no
    time is named."""
    _compare_rows(query, request)
    _imply_window(query, request, today)
    if request.compare_to is not None:
        is_same = is_same_time(request.compare_to, query.get("window"), today=today)
        query["compareTo"] = (
            _find_before(query["window"], today) if is_same else request.compare_to
        )
    if request.compare_unit is not None:
        _compare_unit(query, request.compare_unit, today)
    _compare_shift(query, request, today)
    if request.compare_to is not None or request.compare_shift is not None:
        _order_times(query, request, today)
    if query.get("compareTo") is not None:
        query["derived"] = [
            each for each in query["derived"] if each["kind"] != "change"
        ]


def _order_times(query: Json, request: Request, today: Today) -> None:
    """A change is that of the later time on the earlier one, whichever is named first; of "better
    in May than in June" the rows that are first stay so."""
    window, other = query.get("window"), query.get("compareTo")
    if window is None or not isinstance(other, dict):
        return
    # A fall by 10% is no rise by 10% the other way round.
    has_percents = any(each.is_percent for each in request.bounds)
    if is_before(window, other, today=today) and not has_percents:
        window, other = other, window
        _turn_changes(request)
    if not request.compares_whole:
        other = take_part(window, other, today=today)
    query["window"], query["compareTo"] = window, other


def _turn_changes(request: Request) -> None:
    if request.by_change and request.descending is not None:
        request.descending = not request.descending
    request.bounds = [
        replace(each, of_fall=each.of_rise, of_rise=each.of_fall)
        if each.of_change
        else each
        for each in request.bounds
    ]


def _find_before(window: Json, today: Today) -> Json | str | None:
    """ "October, up on last month", in November, "this Monday vs last Monday", on a Wednesday: what
    is named twice is compared with the one before it; a day of the week is that of the week
    before."""
    is_day = "firstDay" in window and window["firstDay"] == window.get("lastDay")
    if is_day:
        return move_window(window, TimeShift("week", -1), today=today)
    return "previous"


def _compare_rows(query: Json, request: Request) -> None:
    """ "How much did each grow on the previous one", of rows by month: each of these."""
    is_previous = request.compare_to == "previous" or (
        request.compare_shift == TimeShift("period", -1)
    )
    is_mere = request.window is None and not request.windows
    is_of_rows = request.is_edit and request.of_each and has_period(query)
    if is_of_rows and is_previous and is_mere and "compareTo" not in query:
        request.compare_to, request.compare_shift = None, None
        request.wants_change, request.by_change = True, False


def _imply_window(query: Json, request: Request, today: Today) -> None:
    """What is compared with the last month, or year, is the running one where no time is said."""
    if "window" in query or has_period(query):
        return
    other = request.compare_to
    if other == "last_year":
        query["window"] = {"unit": "year", "count": 1, "offset": 0}
    elif isinstance(other, dict) and is_last_period(other):
        query["window"] = {**other, "offset": 0}
        request.compare_to = "previous"
    elif isinstance(other, dict) and other.keys() == {"firstDay", "lastDay"}:
        running = move_window(other, TimeShift("year", 1), today=today)
        first, last = list_days(running or {}, today=today)
        if first is not None and last is not None and first <= today.date <= last:
            query["window"] = running  # "Up on last November", in November.


def _compare_unit(query: Json, unit: str, today: Today) -> None:
    """ "Month over month": of one month on the one before, or along all months."""
    if has_period(query):
        return
    if is_one_period(query.get("window") or {}, unit, today=today):
        query["compareTo"] = "previous"
    elif unit in PERIODS:
        query["groupBy"].append(unit)


def _compare_shift(query: Json, request: Request, today: Today) -> None:
    """ "On the month before": along the months that there are, or of the window."""
    shift = request.compare_shift
    if shift is None:
        return
    if shift.unit in query["groupBy"]:
        request.wants_change = True
        return
    window = query.get("window")
    if window is None:
        raise NeedsAnswer(WHICH_TIME)
    if shift.count == -1 and shift.unit in ("period", window.get("unit")):
        query["compareTo"] = "previous"
    else:
        query["compareTo"] = move_window(window, shift, today=today)


def set_change(query: Json, request: Request) -> None:
    """Along periods it is a column, else a comparison with the time before."""
    if query.get("compareTo") is not None and "window" not in query:
        raise NeedsAnswer("What time is it compared with that, such as “this year”?")
    if not (request.wants_change or request.by_change) or "compareTo" in query:
        return
    if has_period(query) and not request.by_change:
        column = {"kind": "change", "metric": query["metrics"][0]}
        if column not in query["derived"]:
            query["derived"].append(column)
    elif "window" in query:
        query["compareTo"] = "previous"
    else:
        raise NeedsAnswer(WHICH_TIME)
