"""How the questions of one message belong together: what only says more of the one before, what is
another one like it, and what are figures of one table. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.local.dialogue_state import Json
from agents.local.insights.queries.follow_ups import is_fragment
from agents.local.insights.queries.pairs import join_queries
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.words.lexicon import Role

ADDING = frozenset({"and", "but", "and also", "and then"})


def is_scope(question: Question, following: Question) -> bool:
    """Whether a sentence says no more than of what the next one is: "Exclude Vinyl. Which products
    sold best", "Three numbers of last week: how many orders, and what refund rate"."""
    request, asked = question.request, following.request
    scope = Request(
        filters=request.filters,
        currency=request.currency,
        window=request.window,
        windows=request.windows,
        lead_days=request.lead_days,
    )
    has_time = bool(request.window or request.windows)
    is_other_time = has_time and bool(asked.window or asked.windows or asked.shift)
    is_outlook = bool(request.lead_days) and asked.analysis == "stock_outlook"
    asks = bool(asked.metrics) or asked.descending is not None or is_outlook
    is_first = bool(question.mentions) and not question.mentions[0].has(Role.AGAIN)
    is_mere = request == scope and not request.is_empty
    points = question.points_back or question.has(Role.ANAPHOR, Role.OVERVIEW)
    return is_first and is_mere and asks and not is_other_time and not points


def bounds_rows(before: Request, question: Question) -> bool:
    """ "Which categories are slow? I mean those with less than 150 units": rows of the question
    before."""
    request = question.request
    bounded = {each.metric for each in request.bounds}
    scope = Request(metrics=request.metrics, bounds=request.bounds)
    is_mere = request == scope and bounded >= {*request.metrics}
    return bool(request.bounds and before.group_by) and is_mere and not before.metrics


def orders_rows(before: Request, question: Question) -> bool:
    """ "Products with units and revenue. Sorted by units, please": the rows of the question
    before."""
    request = question.request
    is_mere = request.has_only("metrics", "descending", "sort_by", "by_name", "judges")
    orders = question.has(Role.SORT, Role.DESCENDING, Role.ASCENDING)
    is_new = before.descending is None and not question.has(Role.SUPERLATIVE)
    is_shown = set(request.metrics) <= {*before.metrics}
    return bool(before.group_by) and is_mere and orders and is_new and is_shown


def take_scope(scope: Request, request: Request) -> None:
    """Gives a question what the sentence before says it is of."""
    filters = [each for each in scope.filters if each not in request.filters]
    request.filters = [*filters, *request.filters]
    request.currency = request.currency or scope.currency
    request.lead_days = request.lead_days or scope.lead_days
    if not (request.window or request.windows or request.shift):
        request.window, request.windows = scope.window, list(scope.windows)


def adds_condition(question: Question) -> bool:
    """ "And take Vinyl out of it", "but only for Germany": of the question before."""
    first = question.mentions[0].text.casefold() if question.mentions else ""
    request = question.request
    is_narrower = bool(request.filters) and not (request.metrics or request.window)
    return first in ADDING and is_narrower and question.has(Role.EXCLUDE, Role.ONLY)


def asks_for_other(question: Question, following: Question, *, is_asked: bool) -> bool:
    """Whether what looks like more of a question is another one like it: "UK orders last month?
    Germany?". With `is_asked`, it has a question mark."""
    before, after = question.request, following.request
    if has_own_figure(before, following):
        return True
    is_new = (
        bool(before.window) and bool(after.window) and before.window != after.window
    )
    if is_new and after.descending is not None and before.descending is None:
        return True  # "Orders of yesterday. The top 3 products of last month."
    if not (is_asked or following.has(Role.ALSO)) or not is_fragment(following):
        return False
    values = {*_list_filtered(before)} & {*_list_filtered(after)}
    return is_new or bool(values)


def has_own_figure(before: Request, following: Question) -> bool:
    """ "The orders of Q2. On top of that what we refunded per month in 2026": a figure with a time
    or rows of its own is none beside the figure before."""
    after = following.request
    is_other = bool(after.metrics) and set(after.metrics).isdisjoint(before.metrics)
    has_time = bool(after.window) and after.window != before.window
    has_rows = bool(after.group_by) and after.group_by != before.group_by
    first = following.mentions[0].word if following.mentions else ""
    is_added = following.has(Role.ALSO) or first in ADDING - {"and", "but"}
    return is_added and bool(before.metrics) and is_other and (has_time or has_rows)


def share_scope(before: Request, request: Request) -> None:
    """Gives a figure with rows of its own the time and the filters of the one before, where it
    names none."""
    named = {each["dimension"] for each in request.filters}
    scope = Request(
        filters=[each for each in before.filters if each["dimension"] not in named],
        currency=before.currency,
        window=before.window,
        windows=before.windows,
    )
    take_scope(scope, request)


def repeats_both(before: Question, question: Question) -> bool:
    """ "Kitchen or Garden? Show me both numbers": what the question before is answered with."""
    silent = (Role.FILLER, Role.BOTH, Role.HOW_MANY, Role.METRIC, Role.JOIN, Role.TALK)
    request, asked = question.request, before.request
    is_pair = any(len(each.get("in", [])) == 2 for each in asked.filters) or any(
        len(each) == 2 for each in (asked.metrics, asked.windows, asked.variants)
    )
    is_mere = set(request.metrics) <= set(asked.metrics) and not (
        request.filters or request.window or request.group_by
    )
    return (
        is_pair
        and is_mere
        and question.has(Role.BOTH)
        and all(each.has(*silent) for each in question.mentions)
    )


def ask_alone(question: Question) -> Question:
    """ "I also need it for Germany": by itself, not together with what was asked before."""
    mentions = (each for each in question.mentions if not each.has(Role.ALSO))
    return replace(question, mentions=tuple(mentions))


def _list_filtered(request: Request) -> Iterator[str]:
    """The dimensions whose values are named, and not left out."""
    for each in request.filters:
        if "notIn" not in each:
            yield each["dimension"]


def join_sentence(
    first: Sequence[Json], second: Sequence[Json], *, points_back: bool
) -> Sequence[Json]:
    """The figures of two parts of a sentence as those of one query: "how many orders did Texas
    have, and how many Ohio", "how many orders, and what was the refund rate". Empty where they are
    two; those that ask "how many was that" are."""
    if len(first) != 1 or len(second) != 1:
        return []
    [one], [other] = first, second
    ranks = any(
        name in each for each in (one, other) for name in ("sort", "limit", "analysis")
    )
    is_same = (one.get("window"), one.get("groupBy")) == (
        other.get("window"),
        other.get("groupBy"),
    )
    is_of_metrics = one.get("filters") == other.get("filters")
    if ranks or not is_same or (is_of_metrics and points_back):
        return []
    joined = join_queries(one, other)
    return joined if len(joined) == 1 else []
