"""What an analysis keeps of what was asked before: all of the same one, the scope of another."""

from copy import deepcopy
from datetime import datetime

from agents.local.dialogue_state import Json
from agents.local.insights.analyses.forecast_steps import (
    FORECAST_PERIODS,
    recall_target,
)
from agents.local.insights.analyses.named_analyses import OF_ANY_METRIC
from agents.local.insights.queries.follow_ups import Earlier, is_follow_up
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.question.windows import build_window
from agents.local.insights.words.lexicon import Role
from agents.local.language.period_labels import parse_period
from agents.local.language.today import Today
from webapp.insights.query.definitions import DIMENSIONS, PERIODS
from webapp.insights.query.periods import Period, add_periods, find_period_start
from webapp.kit.weeks import WeekStart


def inherit_scope(
    question: Question, request: Request, earlier: Earlier | None, today: Today
) -> Json:
    """What is kept of what was asked before: all of the same analysis, the scope of another."""
    name = request.analysis
    if earlier is not None and _is_edit(question, earlier):
        return _keep_analysis(earlier.query, request)
    base: Json = {"analysis": name}
    if earlier is None or not _is_further(question, request, earlier):
        return base
    query = deepcopy(earlier.query)
    if "analysis" in query:
        query = to_query(query)
    names = ("filters", "currency")
    base |= {key: query[key] for key in names if key in query}
    if name in OF_ANY_METRIC and query.get("metrics"):
        base["metric"] = query["metrics"][0]
    if name == "explain_change":
        _inherit_times(base, query, request, earlier, today)
    elif name != "forecast" and request.window is None and "window" in query:
        base["window"] = query["window"]
    return base


def to_query(analysis: Json) -> Json:
    """The query of the figures that an analysis was about."""
    names = ("filters", "window", "compareTo", "currency")
    query = {name: analysis[name] for name in names if name in analysis}
    if "metric" in analysis:
        query["metrics"] = [analysis["metric"]]
    return query


def _is_edit(question: Question, earlier: Earlier) -> bool:
    name = question.request.analysis
    is_same = name == earlier.query.get("analysis")
    # "How many orders will that be?", "what do people order along with it?"
    is_open = _lacks_time(question.request) and not question.request.filters
    points = is_open and question.has(Role.ANAPHOR)
    return name is None or (is_same and (points or is_follow_up(question, earlier)))


def _keep_analysis(earlier: Json, request: Request) -> Json:
    kept = deepcopy(earlier)
    if request.group_by and request.window is None and "steps" in kept:
        request.window = recall_target(kept)
    if request.metrics:
        # Not every figure can be split by what the other one was.
        kept.pop("dimensions", None)
    return kept


def _is_further(question: Question, request: Request, earlier: Earlier) -> bool:
    """Whether an analysis is of what was asked before: "why?", "and the forecast of it"."""
    lacks_time = request.analysis == "explain_change" and _lacks_time(request)
    is_open = lacks_time or is_follow_up(question, earlier)
    return is_open and request.analysis in OF_ANY_METRIC


def _lacks_time(request: Request) -> bool:
    return request.window is None and not request.windows


def _inherit_times(
    base: Json, query: Json, request: Request, earlier: Earlier, today: Today
) -> None:
    """The window before and what it was compared with; of "which month was best" that month, of
    "which category fell most" that category."""
    if _lacks_time(request):
        for key in ("window", "compareTo"):
            if key in query:
                base[key] = query[key]
    if query.get("limit") == 1 and "limitBy" not in query:
        _take_first_row(base, query, request, earlier.first_row)
    else:
        _ask_for_period(query, request, today)


def _take_first_row(base: Json, query: Json, request: Request, row: Json) -> None:
    named = {each["dimension"] for each in request.filters}
    for name in query.get("groupBy", []):
        # Of an hour the day: its label begins with it.
        days = (
            parse_period(row[name].partition("T")[0])
            if name in PERIODS and name in row
            else None
        )
        if days is not None and _lacks_time(request):
            base["window"] = build_window(days)
            base.pop("compareTo", None)
        elif name not in PERIODS and name in row and name not in named:
            value = str(row.get(f"{name}_id") or row[name])
            condition = {"dimension": name, "in": [value]}
            base["filters"] = [*base.get("filters", []), condition]


def _ask_for_period(query: Json, request: Request, today: Today) -> None:
    """Of rows by month it is not clear which change is meant."""
    if not _lacks_time(request) or query.get("compareTo") is not None:
        return
    periods = [name for name in query.get("groupBy", []) if name in PERIODS]
    window = query.get("window") or {}
    if periods and not _is_one_period(window, periods[0], today.week_start):
        raise NeedsAnswer(f"Which {DIMENSIONS[periods[0]].label} do you mean?")


def _is_one_period(window: Json, period: str, week_start: WeekStart) -> bool:
    """Whether dates are those of one period: there is one row, and so one change."""
    if not {"firstDay", "lastDay"} <= set(window) or period not in FORECAST_PERIODS:
        return False
    first, last = map(datetime.fromisoformat, (window["firstDay"], window["lastDay"]))
    begins = find_period_start(first, Period(period), week_start) == first
    end = add_periods(first, Period(period), 1)
    return begins and end == add_periods(last, Period.DAY, 1)
