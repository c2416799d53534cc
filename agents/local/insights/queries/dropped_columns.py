"""Leaves out groups and figures of the query before: "without the months". Pure."""

from agents.local.dialogue_state import Json
from agents.local.insights.queries.filter_edits import drop_filter
from agents.local.insights.queries.parts import (
    ALONG_TIME,
    LIMITS,
    NeedsAnswer,
    drop_parts,
    has_period,
)
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from webapp.insights.query.definitions import DIMENSIONS, METRICS

WEEKDAYS = frozenset(
    {"weekday", "weekdays", "the weekdays", "the weekday", "by weekday"}
)
WORKDAYS = ("1", "2", "3", "4", "5")


def list_dropped(query: Json, request: Request) -> list[str]:
    """What of the query before is not wanted any more; one figure has to be left."""
    metrics = query.get("metrics", [])
    droppable = {*query.get("groupBy", []), *(metrics if len(metrics) > 1 else [])}
    return [name for name in request.drops if name in droppable]


def drop_weekdays(query: Json, question: Question, request: Request) -> None:
    """ "The hours of the day, not the weekdays", of rows by weekday: these, and no days."""
    others = {*request.group_by} - {"weekday"}
    if "weekday" not in query.get("groupBy", []) or not others:
        return
    if WEEKDAYS.isdisjoint(question.lowered_words):
        return
    left = [
        each
        for each in request.filters
        if each != {"dimension": "weekday", "notIn": [*WORKDAYS]}
    ]
    if len(left) < len(request.filters):
        request.filters = left
        request.drops.append("weekday")


def drop_columns(query: Json, request: Request) -> None:
    """Without them, and what is of them; or without the filters by them. Raises `NeedsAnswer` if
    they are not there."""
    if not request.drops:
        return
    gone = list_dropped(query, request)
    for part in ("groupBy", "metrics"):
        query[part] = [name for name in query.get(part, []) if name not in gone]
    request.bounds = [each for each in request.bounds if each.metric not in gone]
    request.metrics = [name for name in request.metrics if name not in gone]
    for part in ("sort", "having"):
        query[part] = [
            each for each in query.get(part, []) if not _is_of(each["by"], gone)
        ]
    query["derived"] = [
        each
        for each in query.get("derived", [])
        if each["metric"] not in gone
        and (has_period(query) or each["kind"] not in ALONG_TIME)
        and (query["groupBy"] or each["kind"] != "share")
    ]
    if not query["groupBy"]:
        drop_parts(query, ("sort", *LIMITS))
    if not gone:
        _drop_filters_instead(query, request)


def _is_of(column: str, names: list[str]) -> bool:
    return any(column == name or column.startswith(f"{name}_") for name in names)


def _drop_filters_instead(query: Json, request: Request) -> None:
    filtered = {each["dimension"] for each in query.get("filters", [])}
    if not filtered.isdisjoint(request.drops):
        for name in request.drops:
            drop_filter(query, request, name)
    elif request.has_only("drops"):
        names = " or ".join(
            (METRICS.get(name) or DIMENSIONS[name]).label for name in request.drops
        )
        raise NeedsAnswer(
            f"The figures before have no {names}: what do you want to leave out?"
        )
