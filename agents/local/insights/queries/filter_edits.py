"""Changes the filters of the query before: "drop the filter", "put Wales back in". Pure."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer, drop_filters, list_once
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.words.lexicon import Role
from agents.local.language.readings import TimeGrain
from webapp.insights.query.definitions import DIMENSIONS, PERIODS

BARE_EACH = frozenset({"every", "each"})
POINTING = frozenset({"it", "there", "that", "that one", "this one"})
INCLUDING = frozenset({
    "with", "again", "include", "includes", "included", "including", "back", "too", "also",
    "there", "re-include", "count",
})  # fmt: skip
"""Next to what was left out, say that it is wanted, too."""


def change_filters(query: Json, request: Request, *, adds: bool) -> None:
    """Those of the request are in place of what the query has of the same dimension."""
    before: list[Json] = query.get("filters", [])
    added: list[Json] = []
    for new in request.filters:
        same = [each for each in before if each["dimension"] == new["dimension"]]
        if adds and same and "in" in new and "in" in same[0]:
            same[0]["in"] = list_once(same[0]["in"], new["in"])
            continue
        if len(same) == 1 and "notIn" in new and "notIn" in same[0]:
            same[0]["notIn"] = list_once(same[0]["notIn"], new["notIn"])
            continue
        before = [
            each
            for each in before
            if each not in same or ("notIn" in new and not _is_contrary(each, new))
        ]
        added.append(new)
    filters = [*before, *_list_needed(added)]
    if filters:
        query["filters"] = filters
    request.filters = []


def _list_needed(filters: Sequence[Json]) -> Iterator[Json]:
    """ "Leave out the 12 inch, only the 14 inch": without what says nothing more beside others."""
    kept: dict[str, set[str]] = {}
    for each in filters:
        if "in" in each:
            kept.setdefault(each["dimension"], set()).update(each["in"])
    for each in filters:
        values = kept.get(each["dimension"], set())
        if "notIn" not in each or not values or values & set(each["notIn"]):
            yield each


def _is_contrary(before: Json, new: Json) -> bool:
    """Whether a filter keeps what another leaves out."""
    return bool(set(before.get("in", [])) & set(new["notIn"]))


def drop_filter(query: Json, request: Request, dimension: str) -> None:
    """ "For all countries": without the filter by one of them, and without rows of them."""
    filtered = {each["dimension"] for each in query.get("filters", [])}
    if dimension in filtered:
        drop_filters(query, {dimension})
        if dimension in request.group_by:
            request.group_by.remove(dimension)


def drop_values(query: Json, question: Question, request: Request) -> None:
    """ "Now every country", of the figures of one by month: not of that one alone, any more."""
    if not query.get("groupBy") or BARE_EACH.isdisjoint(question.lowered_words[:2]):
        return
    for name in request.every_of:
        if name not in query["groupBy"]:
            drop_filter(query, request, name)


def forget_filters(query: Json, question: Question, request: Request) -> None:
    """ "Drop the filter", "remove the filter on country", "for everyone again"."""
    if not question.has(Role.FORGET):
        return
    names = {
        meaning.name
        for each in question.mentions
        for meaning in each.meanings
        if meaning.role is Role.FORGET and meaning.name
    }
    if "customer_status" in names:
        names.add("customer_type")
    rows = [
        name for name in _list_forgotten(question) if name in query.get("groupBy", [])
    ]
    if rows:
        # "Lose the months": of the rows, and not of a filter.
        request.drops += rows
        request.group_by = [name for name in request.group_by if name not in rows]
        return
    # "Drop the country filter, I want it per month": rows of periods stay.
    filtered = [name for name in request.group_by if name not in PERIODS]
    names |= {*filtered, *(each["dimension"] for each in request.filters)}
    request.group_by = [name for name in request.group_by if name in PERIODS]
    request.filters = []
    if names:
        drop_filters(query, names)
    else:
        query["filters"] = []


def _list_forgotten(question: Question) -> Iterator[str]:
    """The dimensions right behind "forget", "lose the"."""
    for before, mention in pairwise(
        each for each in question.mentions if not each.has(Role.FILLER)
    ):
        if not before.has(Role.FORGET) or "filter" in before.word:
            continue
        if isinstance(mention.time, TimeGrain):
            yield mention.time.name
        elif name := mention.get_name(Role.DIMENSION, Role.DIMENSIONS):
            yield name


def brings_back(query: Json, question: Question, request: Request) -> bool:
    """ "With Wales again", "include Wales after all": of what the query before left out."""
    named = {value for each in request.filters for value in each.get("in", [])}
    left_out = {
        value for each in query.get("filters", []) for value in each.get("notIn", [])
    }
    words = {word for text in question.lowered_words for word in text.split()}
    is_meant = not words.isdisjoint(INCLUDING) and not question.has(Role.ONLY)
    return bool(named) and named <= left_out and is_meant


def restore_values(query: Json, request: Request) -> None:
    """ "Put Wales back in": what was left out is not, any more."""
    back = [value for each in request.filters for value in each.get("in", [])]
    for each in query.get("filters", []):
        if "notIn" in each:
            each["notIn"] = [value for value in each["notIn"] if value not in back]
    query["filters"] = [
        each for each in query.get("filters", []) if each.get("notIn") != []
    ]
    request.filters = [each for each in request.filters if "in" not in each]


def keep_found_value(
    query: Json, question: Question, request: Request, first_row: Json
) -> None:
    """ "Which products in it": of the category that was found."""
    is_one = query.get("limit") == 1 and "limitBy" not in query
    found = [
        name
        for name in query.get("groupBy", [])
        if name not in PERIODS and name not in request.group_by
    ]
    if not (is_one and found) or POINTING.isdisjoint(question.lowered_words):
        return
    name = found[0]
    named = {each["dimension"] for each in request.filters}
    if name in first_row and name not in named:
        value = first_row.get(f"{name}_id") or first_row[name]
        query.setdefault("filters", []).append({"dimension": name, "in": [value]})
        query.pop("limit")


def widen_value(query: Json, request: Request) -> None:
    """ "Per country", of the figures of a single one: those of the others, too."""
    named = {each["dimension"] for each in request.filters}
    query["filters"] = [
        each
        for each in query.get("filters", [])
        if each["dimension"] not in request.group_by
        or each["dimension"] in named
        or len(each.get("in", ())) != 1
    ]


def set_side_by_side(query: Json, request: Request) -> None:
    """ "Compare with France", of the figures of Germany: both, each by itself. Raises `NeedsAnswer`
    where there is no other."""
    if not request.side_by_side:
        return
    [new] = request.filters
    dimension = new["dimension"]
    same = [
        each
        for each in query.get("filters", [])
        if each["dimension"] == dimension and "in" in each
    ]
    if not same:
        label = DIMENSIONS[dimension].label
        raise NeedsAnswer(f"With which {label} do you want to compare it?")
    new["in"] = list_once(same[0]["in"], new["in"])
    query["groupBy"] = list_once(query.get("groupBy", []), [dimension])
