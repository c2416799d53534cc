"""Which rows of a query come first, how many there are, and within what they are ranked. Pure."""

from collections.abc import Sequence

from agents.local.dialogue_state import Json
from agents.local.insights.queries.follow_ups import ranks_within_rows
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.draft import Request
from agents.local.insights.question.groups import nest_groups
from agents.local.insights.question.question import Question
from agents.local.insights.words.lexicon import Role
from webapp.insights.query.definitions import DIMENSIONS, METRICS, PERIODS

BETTER_LOW = frozenset({
    "returns", "refunds", "returned_units", "refunded_orders", "canceled_orders",
    "refund_rate", "return_rate", "cancellation_rate", "zero_result_searches", "zero_result_rate",
    "out_of_stock_days", "out_of_stock_rate",
})  # fmt: skip
"""Metrics of which much is bad: the worst is the highest."""
FIRST_PLACES = frozenset({
    "number one", "number 1", "no 1", "no . 1", "#1", "in first place", "top dog", "top spot",
})  # fmt: skip
WORDS_OF_SEVERAL = frozenset({"ones", "sellers", "bestsellers", "rows", "few"})
WITHIN_GAP = (
    "The best of what for each of what, such as the best product of each category?"
)


def order_rows(query: Json, request: Request) -> Json:
    """The query with its rows in the order that is asked for. Raises `NeedsAnswer` where there are
    no rows to rank."""
    if request.by_name or request.flips:
        reorder = _order_by_name if request.by_name else _flip_rows
        return reorder(query, request)
    if request.descending is None:
        return query
    if not query["groupBy"]:
        raise NeedsAnswer(
            "The best or worst of what, such as the products, countries or months?"
        )
    if query.get("limit") is not None and not query.get("limitBy"):
        _check_ranking(query, request)
    column = _choose_column(query, request)
    metrics = query["metrics"]
    if request.sort_by in METRICS and request.sort_by not in metrics:
        metrics = [*metrics, request.sort_by]
    # All rows of each group: the groups one after the other.
    split = [name for name in request.within if name in query["groupBy"]]
    groups = [] if query.get("limit") else [{"by": name} for name in split]
    is_worst = request.judges and column in BETTER_LOW
    key = {"by": column, "descending": request.descending is not is_worst}
    return {**query, "metrics": metrics, "sort": [*groups, key]}


def _order_by_name(query: Json, request: Request) -> Json:
    """Raises `NeedsAnswer` for a single figure."""
    if not query["groupBy"]:
        raise NeedsAnswer(
            "In one row there is nothing to sort. By what are they to be?"
        )
    keys = [
        {"by": name, "descending": bool(request.descending)}
        for name in query["groupBy"]
    ]
    return {**query, "sort": keys}


def _flip_rows(query: Json, _: Request) -> Json:
    """The greatest first becomes the least first; rows without an order have the greatest first."""
    keys = query.get("sort") or [{"by": query["metrics"][0], "descending": True}]
    flipped = [{**key, "descending": not key.get("descending", False)} for key in keys]
    return {**query, "sort": flipped}


def _check_ranking(query: Json, request: Request) -> None:
    """Raises `NeedsAnswer` where it is not clear what is ranked within what."""
    if len(query["groupBy"]) > 1:
        names = " and ".join(DIMENSIONS[each].label for each in query["groupBy"])
        raise NeedsAnswer(
            f"Do you want the best of all by {names} together, or the best of one for each of "
            "the other?"
        )
    if request.of_each and query["limit"] == 1 and not request.is_edit:
        raise NeedsAnswer(WITHIN_GAP)


def _choose_column(query: Json, request: Request) -> str:
    """The one that is named, that of a change, or the one that rows are sorted by already."""
    metric: str = query["metrics"][0]
    if request.sort_by is not None:
        return request.sort_by
    has_change = "compareTo" in query or any(
        each["kind"] == "change" for each in query["derived"]
    )
    if request.by_change:
        suffix = "change_percent" if request.in_percent else "change"
        return f"{metric}_{suffix}" if has_change else metric
    return query["sort"][0]["by"] if query.get("sort") else metric


def rank_one(query: Json, question: Question, request: Request) -> None:
    """ "The highest only": the first of the rows that there are."""
    names_rows = request.limit is not None or bool(request.group_by)
    names_rows |= request.by_change and not _is_one_change(question)
    if question.has(Role.SUPERLATIVE) and not (names_rows or request.wants_all):
        is_one = question.has(Role.ONLY) and (
            request.of_each or not _is_plural(question)
        )
        is_one |= not FIRST_PLACES.isdisjoint(question.lowered_words)
        request.limit = 1 if is_one else query.get("limit", 1)


def _is_plural(question: Question) -> bool:
    """ "Only the best ones"; "only the best" is one."""
    words = " ".join(question.lowered_words).split()
    return not WORDS_OF_SEVERAL.isdisjoint(words) or question.has(Role.DIMENSIONS)


def _is_one_change(question: Question) -> bool:
    """ "The biggest growth", not "the biggest gains"."""
    changes = [
        each
        for each in question.mentions
        if each.has(Role.CHANGE, Role.RISE, Role.FALL)
    ]
    return bool(changes) and not any(each.text.endswith("s") for each in changes)


def _swap_within(within: Sequence[str], request: Request) -> Sequence[str]:
    """ "Switch category to country", of the best products of each category; empty otherwise."""
    if len(request.group_by) != 1 or {*within}.isdisjoint(request.drops):
        return []
    [named] = request.group_by
    return [named if name in request.drops else name for name in within]


def _choose_nesting(
    request: Request, before: Sequence[str], within: Sequence[str], *, adds: bool
) -> tuple[Sequence[str], Sequence[str]]:
    """The groups that rows are ranked within, and what is ranked."""
    named, ranked = request.group_by, [name for name in before if name not in within]
    if not named:
        return within or before[:-1], ranked
    if swapped := _swap_within(within, request):
        return swapped, ranked
    if set(named) <= set(request.splits):
        within = [*(within if adds else []), *named]
    elif set(ranked) < set(named):
        within = [name for name in named if name not in ranked]
    elif set(named).isdisjoint(before):
        within, ranked = within or before, named
    else:
        ranked = named
    return within, ranked


def rank_within(query: Json, request: Request, *, adds: bool) -> None:
    """ "The top 2 of each", "and per brand?", "and the best country?": the groups that rows are
    ranked within, or what is ranked, is another one. Raises `NeedsAnswer`."""
    if request.metrics and request.descending is None and request.limit is None:
        request.of_each = False  # "How many of each were sold?": of the rows before.
    before, within = query.get("groupBy", []), query.get("limitBy", [])
    is_ranked = bool(query.get("sort")) or request.descending is not None
    splits = request.of_each or ranks_within_rows(query, request)
    splits |= _splits_list(query, request)
    if request.within or not is_ranked or not (within or splits):
        return
    within, ranked = _choose_nesting(request, before, within, adds=adds)
    ranked = [name for name in ranked if name not in within]
    if not within or not ranked:
        raise NeedsAnswer(WITHIN_GAP)
    query["groupBy"] = nest_groups(within, ranked)
    query["limit"] = request.limit or query.get("limit", 1)
    request.within, request.group_by = list(within), []


def _splits_list(query: Json, request: Request) -> bool:
    """ "Per category", of the 5 best products: of those of each category. Of each month, or "by
    category", they may be the best of all."""
    is_new = set(request.splits_per).isdisjoint([*query.get("groupBy", []), *PERIODS])
    is_mere = request.splits_per == request.group_by and request.descending is None
    return bool(request.splits_per and "limit" in query) and is_new and is_mere
