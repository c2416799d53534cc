"""The requests that a question takes, and the tools that answer them."""

import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TypeVar

from agents.local.dialogue_state import CompletedToolCall, Json
from agents.local.insights.analyses.builder import build_analyses, is_analysis
from agents.local.insights.analyses.forecast_steps import forecast_by_day
from agents.local.insights.analyses.scopes import to_query
from agents.local.insights.messages.questions import CannotAnswer
from agents.local.insights.queries.builder import build_queries
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.question import Question
from agents.local.insights.words.lexicon import load_analysis_tools
from agents.local.language.readings import TimeShift
from agents.local.language.today import Today
from agents.local.plan import ToolCall, ToolCallFailed, call_tool
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.query.errors import BadWindow, ImpossibleQuery
from webapp.insights.query.values import ValueMatch, ValueMatches

QUERY_TOOL = "query_analytics"
VALUES_TOOL = "find_values"
MAX_QUERIES = 6
REFUSED = (ImpossibleQuery.code, BadWindow.code, NotEnoughData.code)
"""Errors whose message says what is possible instead."""

POSSIBLE = "; possible are "
REST = re.compile(r"[\d,]+ more, which a query with groupBy \w+ lists")
MAX_POSSIBLE = 6

T = TypeVar("T")
Steps = Generator[ToolCall, CompletedToolCall, T]
"""Yields tool calls, is sent their results, returns what was made of them."""


class TooLittleData(CannotAnswer):
    """Of another request there may be enough."""


def build_requests(
    question: Question,
    *,
    today: Today,
    earlier: Earlier | None = None,
    continues: bool = False,
    may_imply: bool = True,
) -> Sequence[Json]:
    """Queries, or requests of an analysis. Raises `CannotAnswer`."""
    question, earlier = _take_unusual_day(question, earlier)
    try:
        if is_analysis(question, earlier, continues=continues):
            queries = build_analyses(question, today=today, earlier=earlier)
        else:
            queries = build_queries(
                question,
                today=today,
                earlier=_put_as_query(earlier),
                continues=continues,
                may_imply=may_imply,
            )
    except NeedsAnswer as missing:
        raise CannotAnswer(str(missing)) from missing
    except BadWindow as error:
        raise CannotAnswer(f"{error.message}.") from error
    except OverflowError as error:
        raise CannotAnswer("That time is beyond the calendar.") from error
    if len(queries) > MAX_QUERIES:
        raise CannotAnswer("These are too many questions at once.")
    return queries


def _take_unusual_day(
    question: Question, earlier: Earlier | None
) -> tuple[Question, Earlier | None]:
    """ "What sold most that day", of unusual days: of the most unusual one, which the title of the
    answer names. Raises `CannotAnswer` where there is none."""
    request = question.request
    is_of_days = earlier is not None and earlier.query.get("analysis") == "anomalies"
    is_pointed = request.shift == TimeShift("period", 0) and request.analysis is None
    if earlier is None or not (is_of_days and is_pointed):
        return question, earlier
    days = [str(each["day"]) for each in earlier.rows if "day" in each]
    if not days:
        raise CannotAnswer("Which day do you mean? There is no unusual one.")
    window = {"firstDay": days[0], "lastDay": days[0]}
    return replace(question, request=replace(request, window=window, shift=None)), None


def _put_as_query(earlier: Earlier | None) -> Earlier | None:
    if earlier is None or "analysis" not in earlier.query:
        return earlier
    return Earlier(to_query(earlier.query), {})


def run_request(query: Json, *, today: Today) -> Steps[Json]:
    """A young shop has too few months to forecast one, but days enough.

    Raises `CannotAnswer` with what is possible, and `ToolCallFailed`.
    """
    try:
        return (yield from _call_tool_of(query))
    except TooLittleData:
        by_day = forecast_by_day(query, today=today)
        if by_day is None:
            raise
    return (yield from _call_tool_of(by_day))


def _call_tool_of(query: Json) -> Steps[Json]:
    name = query.get("analysis")
    tool = QUERY_TOOL if name is None else load_analysis_tools()[name]
    call = yield ToolCall(tool, query)
    if call.error_code in REFUSED:
        problem = f"{shorten_possible(call.result['message']).rstrip('.')}."
        if call.error_code == NotEnoughData.code:
            raise TooLittleData(problem)
        is_choice = name is not None and call.error_code == ImpossibleQuery.code
        raise CannotAnswer(f"{problem} Which do you want?" if is_choice else problem)
    if call.error_code:
        raise ToolCallFailed(call)
    return call.result


def shorten_possible(message: str) -> str:
    """With the first of what is possible instead, where that is much, and without how a program
    would list the rest."""
    reason, mark, possible = message.partition(POSSIBLE)
    names = [each for each in REST.sub("", possible).split(", ") if each]
    if len(names) > MAX_POSSIBLE:
        names[MAX_POSSIBLE:] = ["and others"]
    return f"{reason}{mark}{', '.join(names)}" if names else reason


def find_values(text: str, *, searches: bool) -> Steps[Sequence[ValueMatch]]:
    """The names of the shop in a text."""
    also = {"searches": True} if searches else {}
    result = yield from call_tool(VALUES_TOOL, text=text, **also)
    return ValueMatches.model_validate(result, by_alias=True, by_name=False).matches


def list_figure_tools() -> Sequence[str]:
    """Those that answer with figures."""
    return (QUERY_TOOL, *load_analysis_tools().values())
