"""Tells what a message is to the one before: a change of its query, more of the same sentence, or
the same in other words. Pure."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.edits.words import BACK
from agents.local.insights.queries.dropped_columns import list_dropped
from agents.local.insights.queries.windows import is_last_period
from agents.local.insights.question.draft import Request
from agents.local.insights.question.groups import IMPLIED
from agents.local.insights.question.question import Question
from agents.local.insights.question.related_metrics import DEFAULT_METRIC
from agents.local.insights.words.lexicon import Meaning, Role
from agents.local.insights.words.mentions import Mention

FOLLOW_UP_ROLES = (Role.AGAIN, Role.ONLY, Role.EXCLUDE, Role.BY, Role.SORT)
"""What messages begin with that change the query before."""
ASKING = (Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH, Role.OVERVIEW)
REFINING = frozenset({
    "look", "take", "use", "consider", "only", "focus on", "concentrate on", "stick to",
    "limit it to", "restrict it to", "base it", "make it", "let's say", "sort by",
})  # fmt: skip
"""What a sentence begins with that says more of the one before it."""
OF_EACH = frozenset({"of each", "each", "for each"})
""" "How many of each were sold?": of the rows before."""
POINTS_BACK = frozenset({
    "which one", "which ones",
    "instead", "same", "the same", "their", "them",
    "of them", "of those", "of these", "there",
    "those", "thereof", "its", "which of these", "which of them", "which of those",
})  # fmt: skip
MAX_SINGLE = 14
"""Days."""
OF_IT = re.compile(
    r"\bhow (?:many|much)(?: of (?:it|that|them|those))? (?:was|is|were|are|did|would) "
    r"(?:it|that|they|those|there)\b(?! (?:have|make|sell|earn|bring))"
)
""" "How many was it for High Five?": of the same time."""
OURS = re.compile(r"\b(?:our|ever|of all time)\b")
""" "What is our best product?": of the shop, and not of the figures before."""
LENGTHS = {
    "hour": 0, "hour_of_day": 0, "day": 1, "weekday": 1, "week": 7, "month": 31, "quarter": 92,
    "year": 366,
}  # fmt: skip
"""Days that a period has at most."""


@dataclass(frozen=True)
class Earlier:
    """The query that was answered last, as it was asked, and the first row of its result."""

    query: Json
    first_row: Json
    row_count: int = 0
    """All rows, those beyond its limit included."""
    rows: Sequence[Json] = ()
    """Of what is unusual, the most unusual first."""


def is_follow_up(question: Question, earlier: Earlier | None) -> bool:
    """Whether a message changes the query before instead of asking a new question."""
    if earlier is None or not question.mentions:
        return False
    return (
        _begins_as_one(question)
        or not _is_complete(question, earlier.query)
        or _points_at_words(question)
        or _points_at_rows(question, earlier.query)
        or _lacks_time(question.request, earlier.query)
        # "Which five is it by units?": no word says what they are.
        or question.request.number is not None
        or _ranks_rows_before(question.request, earlier.query)
    )


def _begins_as_one(question: Question) -> bool:
    first, request = question.mentions[0], question.request
    # "Now, how many orders did we get yesterday?" is a question of its own.
    is_next = first.has(Role.ALSO) or (
        first.word.split()[-1] == "now" and question.has(*ASKING)
    )
    is_further = is_next and bool(request.metrics and request.window)
    return first.has(*FOLLOW_UP_ROLES) and not is_further


def _is_complete(question: Question, query: Json) -> bool:
    """Whether it says what is counted, or ranked, and more than that."""
    request = question.request
    is_metric_alone = request.has_only("metrics", "drops") or (
        bool(request.derived) and request.has_only("metrics", "derived", "wants_trend")
    )
    is_ranked = request.descending is not None and not request.of_each
    ranks_rows = (
        is_ranked
        and bool(request.group_by)
        and not _ranks_others(query, request)
        and not ranks_within_rows(query, request)
        and not _ranks_again(query, question)
    )
    return (bool(request.metrics) and not is_metric_alone) or ranks_rows


def _ranks_others(query: Json, request: Request) -> bool:
    """ "Top category?", where the top product of each country was asked for: that of each, too."""
    within = query.get("limitBy", [])
    ranks = request.has_only("group_by", "descending", "limit", "judges", "metrics")
    is_new = set(request.group_by).isdisjoint(within)
    is_vague = request.metrics in ([], [DEFAULT_METRIC])
    return ranks and bool(within) and is_new and is_vague


def ranks_within_rows(query: Json, request: Request) -> bool:
    """ "The top 2 per country", of rows by country and category: of the categories of each."""
    named = set(request.group_by)
    is_bare = request.has_only(
        *(
            "group_by",
            "splits",
            "splits_per",
            "descending",
            "limit",
            "judges",
            "of_each",
            "every_of",
        ),
    )
    is_split = bool(named) and named == set(request.splits)
    return is_bare and is_split and named < set(query.get("groupBy", []))


def _ranks_again(query: Json, question: Question) -> bool:
    """ "Which category is at the top?", of the figures by category before."""
    request = question.request
    is_bare = not (
        request.metrics or request.window or request.windows or request.filters
    )
    is_same = list(query.get("groupBy", ())) == request.group_by
    # "Who are the top 3 countries?", of the orders of a time: nothing else says of what.
    is_ours = any(OURS.search(text) for text in question.lowered_words)
    is_of_time = any(name in LENGTHS for name in request.group_by)
    has_rows = bool(query.get("groupBy"))
    is_of_figure = "window" in query and not (has_rows or is_ours or is_of_time)
    return is_bare and (is_same or is_of_figure or _is_within_window(query, request))


def _is_within_window(query: Json, request: Request) -> bool:
    """ "On which day the most?", of a month before."""
    window = query.get("window")
    if window is None or len(request.group_by) != 1:
        return False
    [name] = request.group_by
    return name in LENGTHS and _count_days(window) > LENGTHS[name]


def covers_weeks(query: Json) -> bool:
    """Whether figures are of more than two weeks, so that a weekday is there several times."""
    return "window" not in query or _count_days(query["window"]) > MAX_SINGLE


def _count_days(window: Json) -> float:
    """At most; of an open window there is no end of them."""
    if "unit" in window:
        return LENGTHS[window["unit"]] * int(window.get("count", 1))
    if {"firstDay", "lastDay"} <= window.keys():
        first, last = map(date.fromisoformat, (window["firstDay"], window["lastDay"]))
        return (last - first).days + 1
    return math.inf


def _points_at_words(question: Question) -> bool:
    words = question.lowered_words
    return (
        not POINTS_BACK.isdisjoint(words)
        or question.has(Role.INSTEAD_OF, Role.FORGET)
        or question.means(BACK)
        or OF_IT.search(" ".join(words)) is not None
        or (not question.request.group_by and not OF_EACH.isdisjoint(words))
        # "What were the best products then?"
        or words[-1] == "then"
    )


def _ranks_rows_before(request: Request, query: Json) -> bool:
    """ "The three with the fewest orders": of the rows before, as none are named."""
    is_counted = request.descending is not None and request.limit is not None
    is_bare = not (request.group_by or request.window or request.windows)
    return is_counted and is_bare and bool(query.get("groupBy"))


def _points_at_rows(question: Question, query: Json) -> bool:
    """ "Without the months", "those over 100": of the rows before."""
    request = question.request
    groups = query.get("groupBy", [])
    is_of_same = (
        set(request.group_by) <= set(groups)
        # "Drop the days that didn't make more than 1400", of revenue by day.
        and (not request.group_by or set(request.metrics) <= set(query["metrics"]))
    )
    bounds_rows = bool(request.bounds and groups and is_of_same) and not (
        request.window or request.windows
    )
    return bounds_rows or bool(list_dropped(query, request))


def _lacks_time(request: Request, query: Json) -> bool:
    """Whether a question moves a time, or compares with one, and that is the one of the figures
    before: "what did we take the day before", "top category versus Q2"."""
    if "window" not in query or request.window is not None or request.windows:
        return False
    other = request.compare_to
    compares = isinstance(other, dict) and not is_last_period(other)
    return compares or request.shift is not None or request.compare_shift is not None


def is_fragment(question: Question) -> bool:
    """Whether a sentence only says more of the one before it."""
    request, words = question.request, question.lowered_words
    asks = question.has(*ASKING) or (
        bool(words) and question.mentions[0].has(Role.AGAIN)
    )
    refines = (
        not REFINING.isdisjoint(words[:1])
        or request.has_only("metrics")
        or not request.metrics
    )
    return not asks and refines and not request.is_empty


def restates_question(question: Question, before: Question) -> bool:
    """Whether a sentence asks in other words for what the one before it does, so that its time and
    filters hold: "when does the money come in on Saturdays? Revenue by hour, please"."""
    request, first = question.request, before.request
    if request.analysis is not None:
        return request.analysis == first.analysis
    has_time = bool(first.window or first.windows or first.shift)
    says_scope = any(
        (
            *(request.windows, request.variants, request.currency),
            *(each for each in request.filters if each not in first.filters),
            *(request.shift, request.compare_to, request.compare_shift),
            has_time and request.window,
        )
    )
    if question.has(*ASKING) or says_scope or not request.metrics:
        return False
    named = {
        each.name for mention in before.mentions for each in _list_metrics(mention)
    }
    metrics = [name for name in first.metrics if name in named]
    groups = [name for name in first.group_by if name not in IMPLIED]
    return set(metrics) <= set(request.metrics) and set(groups) <= set(request.group_by)


def _list_metrics(mention: Mention) -> Iterator[Meaning]:
    """The figures that a mention names; people who do something are none."""
    for each in mention.meanings:
        if each.role is Role.METRIC and each.name != "customers":
            yield each
