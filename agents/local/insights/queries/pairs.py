"""Two queries that differ in one thing, as one of both: "and Garden?", "both". Pure."""

from collections.abc import Sequence
from copy import deepcopy

from agents.local.dialogue_state import Json
from agents.local.insights.queries.compared_windows import is_before, take_part
from agents.local.insights.queries.parts import list_once
from agents.local.insights.queries.windows import join_windows
from agents.local.language.today import Today
from webapp.insights.query.analytics_query import MAX_GROUPS, MAX_METRICS

BY_METRIC = {"metrics", "sort", "derived"}
"""What differs where only the metric does."""


def join_queries(first: Json, second: Json, *, sums: bool = False) -> Sequence[Json]:
    """What shows the figures of both: one query for values, metrics and dimensions, two for times;
    with `sums`, one figure of both values or times. None, if the queries differ in more than one
    thing, or what they differ in cannot be joined."""
    names = [
        name
        for name in {**first, **second}
        if (first.get(name) or None) != (second.get(name) or None)
    ]
    is_of_metrics = "metrics" in names and BY_METRIC.issuperset(names)
    if names in (["window"], ["filters"]):
        join = _join_times if names == ["window"] else _join_values
        return join(first, second, sums=sums)
    # Revenue and orders have no sum: "both together" are next to each other.
    if is_of_metrics or (names == ["groupBy"] and not sums):
        size = MAX_METRICS if is_of_metrics else MAX_GROUPS
        name = "metrics" if is_of_metrics else "groupBy"
        return _join_lists(name, first, second, size)
    return []


def join_last(
    queries: Sequence[Json], *, count: int | None, sums: bool
) -> Sequence[Json]:
    """Join the last `count` queries; without it, two, or as many as can be added up. Empty where
    they cannot be joined."""
    if count is not None and len(queries) < count:
        return []
    joined: Sequence[Json] = queries[-1:]
    for number, query in enumerate(reversed(queries[:-1]), 2):
        if count is not None and number > count:
            break
        both = join_queries(query, joined[0], sums=sums) if len(joined) == 1 else []
        if not both:
            return [] if count is not None or number == 2 else joined
        joined = both
        if count is None and not sums:
            break
    return joined if len(queries) > 1 else []


def compare_last(queries: Sequence[Json], *, today: Today) -> Sequence[Json]:
    """The difference of the last two queries: with the later time compared with the earlier, else
    the rows of both; empty where they cannot be joined."""
    if len(queries) < 2:
        return []
    first, second = queries[-2:]
    names = {
        name for name in {**first, **second} if first.get(name) != second.get(name)
    }
    if names != {"window"}:
        return join_queries(first, second)
    if "window" not in first or "window" not in second:
        return []
    window, other = first["window"], second["window"]
    if is_before(window, other, today=today):
        window, other = other, window
    part = take_part(window, other, today=today)
    return [{**first, "window": window, "compareTo": part}]


def _join_times(first: Json, second: Json, *, sums: bool) -> Sequence[Json]:
    if not sums:
        return [first, second]
    joined = join_windows([each.get("window", {}) for each in (first, second)])
    return [] if joined is None else [{**first, "window": joined[0]}]


def _join_lists(name: str, first: Json, second: Json, size: int) -> Sequence[Json]:
    both = list_once(first.get(name, []), second.get(name, []))
    return [{**first, name: both}] if len(both) <= size else []


def _join_values(first: Json, second: Json, *, sums: bool) -> Sequence[Json]:
    """Values of one dimension, each by itself if they are not added up."""
    before, after = (each.get("filters", []) for each in (first, second))
    ours = [each for each in before if each not in after]
    theirs = [each for each in after if each not in before]
    if len(ours) != 1 or len(theirs) != 1:
        return []
    [one], [other] = ours, theirs
    is_list = one.keys() == other.keys() == {"dimension", "in"}
    if not is_list or one["dimension"] != other["dimension"]:
        return []
    query = deepcopy(first)
    both = list_once(one["in"], other["in"])
    query["filters"][query["filters"].index(one)]["in"] = both
    groups = [] if sums else [one["dimension"]]
    query["groupBy"] = list_once(query.get("groupBy", []), groups)
    return [query] if len(query["groupBy"]) <= MAX_GROUPS else []
