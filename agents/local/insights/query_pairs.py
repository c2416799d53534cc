"""Two queries that differ in one thing, as one of both: "and Garden?", "both". Pure."""

from collections.abc import Sequence
from copy import deepcopy

from agents.local.dialogue_state import Json
from webapp.insights.query.analytics_query import MAX_GROUPS, MAX_METRICS

BY_METRIC = {"metrics", "sort", "derived"}
"""What differs where only the metric does."""


def join_queries(first: Json, second: Json) -> Sequence[Json]:
    """What shows the figures of both: one query for values, metrics and dimensions, two for times;
    none, if the queries differ in more than that."""
    names = [
        name for name in {**first, **second} if first.get(name) != second.get(name)
    ]
    if names == ["window"]:
        return [first, second]
    if names == ["filters"]:
        return _join_values(first, second)
    is_of_metrics = "metrics" in names and BY_METRIC.issuperset(names)
    if is_of_metrics or names == ["groupBy"]:
        size = MAX_METRICS if is_of_metrics else MAX_GROUPS
        name = "metrics" if is_of_metrics else "groupBy"
        return _join_lists(name, first, second, size)
    return []


def _join_lists(name: str, first: Json, second: Json, size: int) -> Sequence[Json]:
    both = list(dict.fromkeys([*first.get(name, []), *second.get(name, [])]))
    return [{**first, name: both}] if len(both) <= size else []


def _join_values(first: Json, second: Json) -> Sequence[Json]:
    """Values of one dimension, each by itself."""
    ours = [each for each in first.get("filters", []) if each not in second["filters"]]
    theirs = [each for each in second["filters"] if each not in first["filters"]]
    if len(ours) != 1 or len(theirs) != 1:
        return []
    [one], [other] = ours, theirs
    is_list = one.keys() == other.keys() == {"dimension", "in"}
    if not is_list or one["dimension"] != other["dimension"]:
        return []
    query = deepcopy(first)
    both = list(dict.fromkeys([*one["in"], *other["in"]]))
    query["filters"][query["filters"].index(one)]["in"] = both
    groups = [*query.get("groupBy", []), one["dimension"]]
    query["groupBy"] = list(dict.fromkeys(groups))
    return [query] if len(query["groupBy"]) <= MAX_GROUPS else []
