"""Builds the queries that a question asks for, from its parts and the query before. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.draft import Bound, Request
from agents.local.insights.edits.words import BACK, NEXT_TO
from agents.local.insights.lexicon import YES_NO_WORDS, Meaning, Role
from agents.local.insights.mentions import Mention
from agents.local.insights.query_windows import (
    choose_grain,
    is_one_period,
    join_windows,
    list_days,
    move_window,
    resolve_days,
)
from agents.local.insights.question import Question
from agents.local.insights.question_groups import IMPLIED, nest_groups
from agents.local.insights.question_pairs import says_total
from agents.local.insights.related_metrics import DEFAULT_METRIC, RATES
from agents.local.insights.value_filters import SUMMED
from agents.local.language.readings import TimeShift
from webapp.insights.query.analytics_query import MAX_GROUPS, MAX_METRICS
from webapp.insights.query.definitions import DIMENSIONS, METRICS, PERIODS, Unit

MIN_YEAR = 300
"""Days; what is shorter has a year that it is in."""
LIMITS = ("limit", "limitBy", "offset")
WHOLE_TIME = re.compile(
    r"\b(?:for|of|over|in|across) the (?:whole |entire |full |complete |whole of the )?"
    r"(?P<unit>day|week|month|quarter|year|period|time)\b(?! (?:before|after|of|to))"
)
ALONG_TIME = {"change", "running_total", "moving_average"}


FOLLOW_UP_ROLES = (Role.AGAIN, Role.ONLY, Role.EXCLUDE, Role.BY, Role.SORT)
"""What messages begin with that change the query before."""
REFINING = frozenset(
    {
        *(
            "look",
            "take",
            "use",
            "consider",
            "only",
            "focus on",
            "concentrate on",
            "stick to",
        ),
        *(
            "limit it to",
            "restrict it to",
            "base it",
            "make it",
            "let's say",
            "sort by",
        ),
    }
)
"""What a sentence begins with that says more of the one before it."""
LENGTHS = {
    "hour": 0, "hour_of_day": 0, "day": 1, "weekday": 1, "week": 7, "month": 31, "quarter": 92,
    "year": 366,
}  # fmt: skip
"""Days that a period has at most."""
OF_EACH = frozenset({"of each", "each", "for each", "of each one", "of each of them"})
""" "How many of each were sold?": of the rows before."""
POINTS_BACK = frozenset({
    "which one", "which ones",
    "instead", "same", "the same", "their", "them", "back then",
    "of them", "of those", "of these", "there",
    "those", "thereof", "its", "which of these", "which of them", "which of those",
})  # fmt: skip


BETTER_LOW = frozenset(
    {
        *("returns", "refunds", "returned_units", "refunded_orders", "canceled_orders"),
        *("refund_rate", "return_rate", "cancellation_rate"),
        *("zero_result_searches", "zero_result_rate"),
        *("out_of_stock_days", "out_of_stock_rate"),
    }
)
"""Metrics of which much is bad: the worst is the highest."""
PRICE_GAP = "I have no filter by the price of a product or the amount of a single order"
SINGLE_GAP = "that needs rows to choose from, such as products, countries or months"


WITHIN_GAP = (
    "The best of what for each of what, such as the best product of each category?"
)


class NeedsAnswer(Exception):
    """Something is missing; the message asks for it."""


@dataclass(frozen=True)
class Earlier:
    """The query that was answered last, as it was asked, and the first row of its result."""

    query: Json
    first_row: Json
    row_count: int = 0
    """All rows, those beyond its limit included."""


def is_follow_up(question: Question, earlier: Earlier | None) -> bool:
    """Whether a message changes the query before instead of asking a new question."""
    if earlier is None or not question.mentions:
        return False
    first = question.mentions[0]
    begins_as_one = first.has(*FOLLOW_UP_ROLES) and not first.has(Role.WHICH)
    words = {each.text.casefold() for each in question.mentions}
    request = question.request
    is_ranked = request.descending is not None and not request.of_each
    ranks_rows = (
        is_ranked
        and bool(request.group_by)
        and not _ranks_others(earlier, request)
        and not _ranks_again(earlier.query, request)
    )
    is_metric_alone = request == Request(metrics=request.metrics, drops=request.drops)
    is_metric_alone |= bool(request.derived) and request == Request(
        metrics=request.metrics,
        derived=request.derived,
        wants_trend=request.wants_trend,
    )
    is_complete = (bool(request.metrics) and not is_metric_alone) or ranks_rows
    points_back = (
        not words.isdisjoint(POINTS_BACK)
        or question.has(Role.INSTEAD_OF, Role.FORGET)
        or any(
            meaning.name == BACK
            for each in question.mentions
            for meaning in each.meanings
        )
    )
    bounds_rows = bool(request.bounds and earlier.query.get("groupBy")) and not (
        request.group_by or request.window or request.windows
    )
    points_back |= bool(_list_dropped(earlier.query, request)) or bounds_rows
    points_back |= _lacks_time(earlier.query, request)
    points_back |= not request.group_by and not words.isdisjoint(OF_EACH)
    # "What were the best products then?"
    points_back |= question.mentions[-1].text.casefold() in {"then", "at that time"}
    is_further = first.has(Role.ALSO) and bool(request.metrics and request.window)
    return (begins_as_one and not is_further) or not is_complete or points_back


def _lacks_time(query: Json, request: Request) -> bool:
    """Whether a question moves a time, or compares with one, and that is the one of the figures
    before: "what did we take the day before", "top category versus Q2"."""
    if "window" not in query or request.window is not None or request.windows:
        return False
    other = request.compare_to
    is_running = isinstance(other, dict) and (
        (other.get("count"), other.get("offset")) == (1, 1)
    )
    compares = isinstance(other, dict) and not is_running
    return compares or request.shift is not None or request.compare_shift is not None


def _ranks_again(query: Json, request: Request) -> bool:
    """ "Which category is at the top?", of the figures by category before."""
    is_bare = not (
        request.metrics or request.window or request.windows or request.filters
    )
    is_same = list(query.get("groupBy", ())) == request.group_by
    return is_bare and (is_same or _is_within_window(query, request))


def _is_within_window(query: Json, request: Request) -> bool:
    """ "On which day the most?", of a month before."""
    window = query.get("window")
    if (
        window is None
        or len(request.group_by) != 1
        or request.group_by[0] not in LENGTHS
    ):
        return False
    if "unit" in window:
        length = LENGTHS[window["unit"]] * int(window.get("count", 1))
    elif {"firstDay", "lastDay"} <= window.keys():
        first, last = (
            date.fromisoformat(window[name]) for name in ("firstDay", "lastDay")
        )
        length = (last - first).days + 1
    else:
        return True
    return bool(length > LENGTHS[request.group_by[0]])


def _ranks_others(earlier: Earlier, request: Request) -> bool:
    """ "Top category?", where the top product of each country was asked for: that of each, too."""
    within = earlier.query.get("limitBy", [])
    ranks = Request(
        group_by=request.group_by,
        descending=request.descending,
        limit=request.limit,
        judges=request.judges,
        metrics=request.metrics,
    )
    is_new = set(request.group_by).isdisjoint(within)
    is_vague = request.metrics in ([], [DEFAULT_METRIC])
    return request == ranks and bool(within) and is_new and is_vague


def is_fragment(question: Question) -> bool:
    """Whether a sentence only says more of the one before it."""
    asks = question.has(Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH, Role.OVERVIEW) or (
        bool(question.mentions) and question.mentions[0].has(Role.AGAIN)
    )
    request = question.request
    is_metric = request == Request(metrics=request.metrics)
    words = [each.text.casefold() for each in question.mentions]
    refines = bool(REFINING.intersection(words[:1])) or is_metric or not request.metrics
    return not asks and refines and not request.is_empty


def restates_question(question: Question, before: Question) -> bool:
    """Whether a sentence asks in other words for what the one before it does, so that its time and
    filters hold: "when does the money come in on Saturdays? Revenue by hour, please"."""
    request, first = question.request, before.request
    if request.analysis is not None:
        return request.analysis == first.analysis
    asks = question.has(Role.WHICH, Role.HOW_MANY, Role.HOW_MUCH, Role.OVERVIEW)
    has_time = bool(first.window or first.windows or first.shift)
    says_scope = any(
        (
            *(request.windows, request.variants, request.currency),
            *(each for each in request.filters if each not in first.filters),
            *(request.shift, request.compare_to, request.compare_shift),
            has_time and request.window,
        )
    )
    if asks or says_scope or not request.metrics:
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


def build_queries(
    question: Question,
    *,
    today: date,
    earlier: Earlier | None,
    continues: bool = False,
    may_imply: bool = True,
) -> list[Json]:
    """The queries, in the order of the question. With `continues`, it only says more of the query
    before; without `may_imply`, the metric has to be said.

    Raises `NeedsAnswer`, and `BadWindow` for times that are still to come.
    """
    request = deepcopy(question.request)
    query: Json = {}
    if earlier is not None and (continues or is_follow_up(question, earlier)):
        query = _edit_query(earlier, question, request, today)
    elif earlier is None and question.points_back:
        raise NeedsAnswer("Which ones do you mean?")
    _answer_choice(question, request)
    _refuse_outlooks(request)
    request.may_imply = may_imply
    query = _complete_query(query, request, today)
    if len(query["groupBy"]) > MAX_GROUPS or len(query["metrics"]) > MAX_METRICS:
        raise NeedsAnswer(
            f"I can show {MAX_METRICS} figures by {MAX_GROUPS} dimensions at once: which ones?"
        )
    return [
        _order_fields(_order_rows(each, request))
        for each in _list_variants(query, request)
    ]


def _refuse_outlooks(request: Request) -> None:
    """Raises `NeedsAnswer` for what only a forecast or an outlook has."""
    if request.level is not None:
        raise NeedsAnswer("Counted figures have no intervals; forecasts have them.")
    if request.lead_days is not None:
        raise NeedsAnswer(
            "Lead times are for what to reorder. Which figures do you want?"
        )


def _answer_choice(question: Question, request: Request) -> None:
    """Of "is X our best product" the best ones are the answer, and of "have we sold more than 100"
    the figure is."""
    if (
        not question.mentions
        or question.mentions[0].text.casefold() not in YES_NO_WORDS
    ):
        return
    if request.descending is not None:
        request.filters = [
            each
            for each in request.filters
            if each["dimension"] not in request.group_by
        ]
        request.limit = None
    if not request.group_by:
        request.bounds = []


def _edit_query(
    earlier: Earlier, question: Question, request: Request, today: date
) -> Json:
    query = deepcopy(earlier.query)
    if question.has(Role.LATER) and "limit" in query and "window" not in query:
        # Without a time, "the next one" is a row.
        request.goes_on, request.shift, request.limit = True, None, 1
    if request.goes_on:
        return _go_on(query, request, earlier)
    query.pop("offset", None)
    adds = question.has(Role.ALSO)
    _compare_next_to(query, question, request, today)
    _drop_value(query, question, request)
    _bound_rows(query, request)
    _forget_filters(query, question, request)
    _drop_unwanted(query, request)
    is_whole = _means_whole(query, question, request, today)
    if is_whole:
        request.window, request.group_by = None, []
    _widen_query(query, question, request, is_whole=is_whole)
    if adds and request.bounds:
        query.pop("having", None)
    if question.has(Role.DRILL) and request.filters and not request.group_by:
        request.group_by = ["product"]
    _turn_around(query, request)
    _rank_one(query, question, request)
    _rank_within(query, request, adds=adds)
    _change_groups(query, request, earlier, question, adds=adds)
    if request.metrics:
        _change_metrics(query, request, adds=adds)
    _set_side_by_side(query, request)
    change_filters(query, request, adds=adds)
    _change_window(query, request, today)
    request.is_edit = True
    return query


def _go_on(query: Json, request: Request, earlier: Earlier) -> Json:
    """ "Next 5", "the rest": the rows behind those that were shown. Raises `NeedsAnswer`."""
    if query.get("limit") is None:
        raise NeedsAnswer("These were all the rows that there are.")
    start = query.get("offset", 0) + query["limit"]
    if request.start is not None:
        start, query["limit"] = request.start, request.limit
    if start >= earlier.row_count and "limitBy" not in query:
        raise NeedsAnswer("There are no more rows: those before were the last.")
    query["offset"] = start
    if request.wants_rest:
        query.pop("limit")
    return query


def _widen_query(
    query: Json, question: Question, request: Request, *, is_whole: bool
) -> None:
    """Takes back what the query left out: rows, filters, groups."""
    is_total = is_whole or _wants_total(query, question, request)
    if question.has(Role.EVERY_VALUE) and not (request.all_of or is_total):
        _drop_parts(query, LIMITS if "limit" in query else ("filters",))
    if is_total:
        _drop_parts(query, ("groupBy", "sort", "derived", "having", *LIMITS))
    if question.has(Role.RESTORE):
        _restore_values(query, request)
    for name in request.all_of:
        drop_filter(query, request, name)
    query["filters"] = [
        each
        for each in query.get("filters", [])
        if each["dimension"] not in request.every_of
    ]


def _wants_total(query: Json, question: Question, request: Request) -> bool:
    """Whether one figure of all rows is wanted: "and the total?"."""
    if request.group_by or request.limit or request.descending is not None:
        return False
    words = {each.text.casefold() for each in question.mentions}
    if request.all_of and not request.filters and not words.isdisjoint(SUMMED):
        return True
    if request.all_of or request.wants_share or _sums_values(query, question, request):
        return False
    is_same = set(request.metrics) <= set(query.get("metrics", []))
    is_word = bool(query.get("groupBy")) and is_same and says_total(question.mentions)
    return question.has(Role.SUM_UP) or is_word


def _sums_values(query: Json, question: Question, request: Request) -> bool:
    """ "Only Britain and America, together": of the names, in each of the rows."""
    words = {each.text.casefold() for each in question.mentions}
    listed = [
        each["dimension"] for each in request.filters if len(each.get("in", [])) > 1
    ]
    return (
        not question.has(Role.SUM_UP)
        and not words.isdisjoint({"together", "combined", "altogether"})
        and bool(listed)
        and set(listed).isdisjoint(query.get("groupBy", []))
    )


def _bound_rows(query: Json, request: Request) -> None:
    """ "Only those with more than 100 orders": the figures before, of fewer rows."""
    bounded = {each.metric for each in request.bounds}
    if query.get("groupBy") and query.get("metrics") and not request.group_by:
        request.metrics = [name for name in request.metrics if name not in bounded]


def _compare_next_to(
    query: Json, question: Question, request: Request, today: date
) -> None:
    """ "Put Q2 next to it", "last year for comparison": another time to compare with."""
    is_beside = any(
        meaning.name == NEXT_TO
        for each in question.mentions
        for meaning in each.meanings
    )
    if is_beside and request == Request(window=request.window, shift=request.shift):
        request.compare_to, request.window = request.window, None
        if _is_same_time(query.get("window"), request.compare_to, today):
            request.compare_to = "previous"  # "The previous quarter", of that one.
        request.compare_shift, request.shift = request.shift, None


def _drop_value(query: Json, question: Question, request: Request) -> None:
    """ "Now every country", of the figures of one by month: not of that one alone, any more."""
    if not (request.every_of and query.get("groupBy")):
        return
    filtered = {each["dimension"] for each in query.get("filters", [])}
    is_bare = any(
        each.text.casefold() in {"every", "each"} for each in question.mentions[:2]
    )
    for name in request.every_of:
        if is_bare and name in filtered and name not in query["groupBy"]:
            drop_filter(query, request, name)


def _forget_filters(query: Json, question: Question, request: Request) -> None:
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
    names |= {*request.group_by, *(each["dimension"] for each in request.filters)}
    request.group_by, request.filters = [], []
    query["filters"] = [
        each
        for each in query.get("filters", [])
        if names and each["dimension"] not in names
    ]


def _means_whole(
    query: Json, question: Question, request: Request, today: date
) -> bool:
    """ "And for the whole week?", of the days of one: the total of the same week."""
    others = Request(window=request.window, group_by=request.group_by)
    if "window" not in query or not query.get("groupBy") or request != others:
        return False
    text = " ".join(each.text.casefold() for each in question.mentions)
    named = WHOLE_TIME.search(text)
    if named is None or not {*request.group_by} <= {named["unit"]}:
        return False
    return named["unit"] in query["groupBy"] or is_one_period(
        query["window"], named["unit"], today=today
    )


def _drop_unwanted(query: Json, request: Request) -> None:
    """ "Without the months", "drop the units". Raises `NeedsAnswer` if they are not there."""
    if not request.drops:
        return
    groups, metrics = query.get("groupBy", []), query.get("metrics", [])
    gone = _list_dropped(query, request)
    query["groupBy"] = [name for name in groups if name not in gone]
    query["metrics"] = [name for name in metrics if name not in gone]
    request.bounds = [each for each in request.bounds if each.metric not in gone]
    request.metrics = [name for name in request.metrics if name not in gone]
    for part in ("sort", "having"):
        query[part] = [
            each for each in query.get(part, []) if not _is_of(each["by"], gone)
        ]
    has_period = any(name in PERIODS for name in query["groupBy"])
    query["derived"] = [
        each
        for each in query.get("derived", [])
        if each["metric"] not in gone
        and (has_period or each["kind"] not in ALONG_TIME)
        and (query["groupBy"] or each["kind"] != "share")
    ]
    if not query["groupBy"]:
        _drop_parts(query, LIMITS)
    filtered = {each["dimension"] for each in query.get("filters", [])} & {
        *request.drops
    }
    if not gone and filtered:
        for name in filtered:
            drop_filter(query, request, name)
        return
    if not gone and request == Request(drops=request.drops):
        names = " or ".join(
            (METRICS.get(name) or DIMENSIONS[name]).label for name in request.drops
        )
        raise NeedsAnswer(
            f"The figures before have no {names}: what do you want to leave out?"
        )


def _list_dropped(query: Json, request: Request) -> list[str]:
    """What of the query before is not wanted any more; one figure has to be left."""
    metrics = query.get("metrics", [])
    droppable = {*query.get("groupBy", []), *(metrics if len(metrics) > 1 else [])}
    return [name for name in request.drops if name in droppable]


def _is_of(column: str, names: Iterable[str]) -> bool:
    return any(column == name or column.startswith(f"{name}_") for name in names)


def _drop_parts(query: Json, names: Iterable[str]) -> None:
    for name in names:
        query.pop(name, None)


def _turn_around(query: Json, request: Request) -> None:
    """ "The other way round", of two times that are compared."""
    is_pair = isinstance(query.get("compareTo"), dict) and "window" in query
    if request.flips and is_pair:
        query["window"], query["compareTo"] = query["compareTo"], query["window"]
        request.flips = False


def _restore_values(query: Json, request: Request) -> None:
    """ "Put Wales back in": what was left out is not, any more."""
    back = [value for each in request.filters for value in each.get("in", [])]
    for each in query.get("filters", []):
        if "notIn" in each:
            each["notIn"] = [value for value in each["notIn"] if value not in back]
    query["filters"] = [
        each for each in query.get("filters", []) if each.get("notIn") != []
    ]
    request.filters = [each for each in request.filters if "in" not in each]


def _rank_one(query: Json, question: Question, request: Request) -> None:
    """ "The highest only": the first of the rows that there are."""
    names_rows = request.limit is not None or bool(request.group_by)
    names_rows |= request.by_change and not _is_one_change(question)
    if question.has(Role.SUPERLATIVE) and not (names_rows or request.wants_all):
        is_one = question.has(Role.ONLY) and (
            request.of_each or not _is_plural(question)
        )
        request.limit = 1 if is_one else query.get("limit", 1)


def _is_plural(question: Question) -> bool:
    """ "Only the best ones"; "only the best" is one."""
    words = {
        word for each in question.mentions for word in each.text.casefold().split()
    }
    return not words.isdisjoint(
        {"ones", "sellers", "bestsellers", "rows", "few"}
    ) or question.has(Role.DIMENSIONS)


def _is_one_change(question: Question) -> bool:
    """ "The biggest growth", not "the biggest gains"."""
    changes = [
        each
        for each in question.mentions
        if each.has(Role.CHANGE, Role.RISE, Role.FALL)
    ]
    return bool(changes) and not any(each.text.endswith("s") for each in changes)


def _rank_within(query: Json, request: Request, *, adds: bool) -> None:
    """ "The top 2 of each", "and per brand?", "and the best country?": the groups that rows are
    ranked within, or what is ranked, is another one. Raises `NeedsAnswer`."""
    if request.metrics and request.descending is None and request.limit is None:
        request.of_each = False  # "How many of each were sold?": of the rows before.
    before, within = query.get("groupBy", []), query.get("limitBy", [])
    is_ranked = bool(query.get("sort")) or request.descending is not None
    if request.within or not is_ranked or not (within or request.of_each):
        return
    named, ranked = request.group_by, [name for name in before if name not in within]
    if not named:
        within = within or before[:-1]
    elif set(named) <= set(request.splits):
        within = [*(within if adds else []), *named]
    elif set(ranked) < set(named):
        within = [name for name in named if name not in ranked]
    else:
        ranked = named
    ranked = [name for name in ranked if name not in within]
    if not within or not ranked:
        raise NeedsAnswer(WITHIN_GAP)
    query["groupBy"] = nest_groups(within, ranked)
    query["limit"] = request.limit or query.get("limit", 1)
    request.within, request.group_by = within, []


def drop_filter(query: Json, request: Request, dimension: str) -> None:
    """ "For all countries": without the filter by one of them."""
    filters = query.get("filters", [])
    kept = [each for each in filters if each["dimension"] != dimension]
    if len(kept) < len(filters):
        query["filters"] = kept
        if dimension in request.group_by:
            request.group_by.remove(dimension)


def _change_metrics(query: Json, request: Request, *, adds: bool) -> None:
    # An analysis before may be of no metric.
    before = query.get("metrics") or request.metrics
    kept = before if adds else []
    query["metrics"] = list(dict.fromkeys([*kept, *request.metrics]))
    if adds:
        return
    renamed = {before[0]: request.metrics[0]}
    for column in query.get("derived", []):
        column["metric"] = renamed.get(column["metric"], request.metrics[0])
    for key in query.get("sort", []):
        key["by"] = _rename_column(key["by"], before[0], request.metrics[0])
    query.pop("having", None)


def _rename_column(column: str, old: str, new: str) -> str:
    is_of = column == old or column.startswith(f"{old}_")
    return f"{new}{column.removeprefix(old)}" if is_of else column


def _change_groups(
    query: Json, request: Request, earlier: Earlier, question: Question, *, adds: bool
) -> None:
    before = query.get("groupBy", [])
    if before and request.listed == request.group_by:
        request.group_by = []  # "For Germany and France": of the rows that there are.
    if not request.group_by:
        return
    _keep_value(query, request, earlier, question)
    _widen_value(query, request)
    kept = before if adds else []
    query["groupBy"] = list(dict.fromkeys([*kept, *request.group_by]))
    if not adds:
        query.pop("limitBy", None)
    has_period = any(name in PERIODS for name in query["groupBy"])
    if not has_period and "derived" in query:
        query["derived"] = [
            each for each in query["derived"] if each["kind"] not in ALONG_TIME
        ]
    query["sort"] = [key for key in query.get("sort", []) if key["by"] not in before]
    if has_period and not any(name in PERIODS for name in before):
        _drop_parts(query, ("sort", *LIMITS))


def _widen_value(query: Json, request: Request) -> None:
    """ "Per country", of the figures of a single one: those of the others, too."""
    named = {each["dimension"] for each in request.filters}
    query["filters"] = [
        each
        for each in query.get("filters", [])
        if each["dimension"] not in request.group_by
        or each["dimension"] in named
        or len(each.get("in", ())) != 1
    ]


def _keep_value(
    query: Json, request: Request, earlier: Earlier, question: Question
) -> None:
    """ "Which products in it": of the category that was found."""
    before = [name for name in query.get("groupBy", []) if name not in PERIODS]
    named = {each["dimension"] for each in request.filters}
    points = any(
        each.text.casefold() in {"it", "there", "that", "that one", "this one"}
        for each in question.mentions
    )
    is_one = query.get("limit") == 1 and "limitBy" not in query
    new = [name for name in before if name not in request.group_by]
    if (
        points
        and is_one
        and new
        and new[0] not in named
        and new[0] in earlier.first_row
    ):
        value = earlier.first_row.get(f"{new[0]}_id") or earlier.first_row[new[0]]
        query.setdefault("filters", []).append({"dimension": new[0], "in": [value]})
        query.pop("limit", None)


def _set_side_by_side(query: Json, request: Request) -> None:
    """ "Compare with France", of the figures of Germany: both, each by itself. Raises `NeedsAnswer`
    where there is no other."""
    if not request.side_by_side:
        return
    [new] = request.filters
    same = [
        each
        for each in query.get("filters", [])
        if each["dimension"] == new["dimension"] and "in" in each
    ]
    if not same:
        label = DIMENSIONS[new["dimension"]].label
        raise NeedsAnswer(f"With which {label} do you want to compare it?")
    new["in"] = list(dict.fromkeys([*same[0]["in"], *new["in"]]))
    query["groupBy"] = list(
        dict.fromkeys([*query.get("groupBy", []), new["dimension"]])
    )


def change_filters(query: Json, request: Request, *, adds: bool) -> None:
    """Those of the request are in place of what the query has of the same dimension."""
    filters: list[Json] = query.get("filters", [])
    for new in request.filters:
        same = [each for each in filters if each["dimension"] == new["dimension"]]
        if adds and same and "in" in new and "in" in same[0]:
            same[0]["in"] = list(dict.fromkeys([*same[0]["in"], *new["in"]]))
            continue
        filters = [
            each
            for each in filters
            if each not in same or ("notIn" in new and not _is_contrary(each, new))
        ]
        filters.append(new)
    if filters:
        query["filters"] = filters
    request.filters = []


def _means_year_before(query: Json, request: Request, today: date) -> bool:
    """ "And last year?", of a month: the same month of it."""
    if request != Request(window={"unit": "year", "count": 1, "offset": 1}):
        return False
    days = resolve_days(query["window"], today=today) if "window" in query else None
    return days is not None and (days[1] - days[0]).days < MIN_YEAR


def _is_contrary(before: Json, new: Json) -> bool:
    """Whether a filter keeps what another leaves out."""
    return bool(set(before.get("in", [])) & set(new["notIn"]))


def _change_window(query: Json, request: Request, today: date) -> None:
    if _means_year_before(query, request, today):
        request.shift, request.window = TimeShift("year", -1), None
    _leave_window(query, request, today)
    if request.shift is not None:
        moved = None
        if "window" in query:
            moved = move_window(query["window"], request.shift, today=today)
        if moved is None:
            raise NeedsAnswer(
                "The figures before had no first day: before or after which time?"
            )
        query["window"] = moved
    _begin_window(query, request, today)
    if request.window is not None or request.windows:
        query.pop("window", None)
    is_new = request.window is not None or request.shift is not None or request.windows
    if is_new and isinstance(query.get("compareTo"), dict):
        del query["compareTo"]


def _begin_window(query: Json, request: Request, today: date) -> None:
    """ "Only until June", of figures of this year: from the same day on."""
    if (
        request.window is None
        or set(request.window) != {"lastDay"}
        or "window" not in query
    ):
        return
    first, _ = list_days(query["window"], today=today)
    if first is not None and first < date.fromisoformat(request.window["lastDay"]):
        request.window = {"firstDay": first.isoformat(), **request.window}


def _leave_window(query: Json, request: Request, today: date) -> None:
    """ "Previous month?", of the figures of the last one: nobody asks for the same again."""
    window, before = request.window, query.get("window")
    is_past = (
        window is not None and window.get("count") == 1 and window.get("offset") == 1
    )
    if before is None or not is_past or request != Request(window=window):
        return
    if list_days(before, today=today) == list_days(window or {}, today=today):
        request.window = move_window(before, TimeShift("period", -1), today=today)


def _complete_query(query: Json, request: Request, today: date) -> Json:
    query = {
        **query,
        "metrics": query.get("metrics") or _choose_metrics(request),
        "groupBy": query.get("groupBy") or list(request.group_by),
        "filters": [*query.get("filters", []), *request.filters],
        "derived": [*query.get("derived", [])],
        "having": [*query.get("having", [])],
    }
    if request.shift is not None and "window" not in query:
        raise NeedsAnswer("Before or after which time?")
    _set_window(query, request)
    if request.currency is not None:
        query["currency"] = request.currency
    _set_limit(query, request)
    _add_figures(query, request)
    _set_comparison(query, request, today)
    if request.wants_trend and not _has_period(query):
        query["groupBy"].insert(0, choose_grain(query.get("window"), today=today))
    _set_change(query, request)
    if request.wants_share and not query["groupBy"]:
        _take_rate(query)
    for index, bound in enumerate(request.bounds):
        _add_bound(query, request, bound, merges=index > 0)
    return query


def _set_limit(query: Json, request: Request) -> None:
    if request.limit is not None:
        query["limit"] = request.limit
    if request.number is not None:
        _set_number(query, request)
    if request.within:
        query["limitBy"] = list(request.within)
    if query.get("limit") is None and "offset" not in query:
        query.pop("limitBy", None)


def _take_rate(query: Json) -> None:
    """The share of all orders that were canceled has a metric of its own."""
    if query["metrics"][0] == "guest_orders":
        query["metrics"], query["groupBy"] = ["orders"], ["customer_type"]
        query["derived"] = [{"kind": "share", "metric": "orders"}]
        return
    rate = RATES.get(query["metrics"][0])
    if rate is None:
        names = " and ".join(METRICS[name].label for name in query["metrics"])
        raise NeedsAnswer(f"The share of {names} of what, by category or by country?")
    query["metrics"] = [rate]
    query["derived"] = []


def _set_number(query: Json, request: Request) -> None:
    number, unit = request.number, request.number_unit
    window = query.get("window", {})
    if unit is not None and window.get("unit") is not None:
        query["window"] = {**window, "unit": unit, "count": number}
    elif unit is None and len(query["having"]) == 1 and not request.cuts:
        _move_bound(query, number or 0)
    elif unit is None and ("limit" in query or (request.cuts and query["groupBy"])):
        query["limit"] = number
        if not query.get("sort") and not _has_period(query):
            query["sort"] = [{"by": query["metrics"][0], "descending": True}]
    else:
        raise NeedsAnswer(
            f"I do not know what {number} is to be here. What do you mean?"
        )


def _move_bound(query: Json, number: int) -> None:
    """ "Lower it to 7", of what the rows must reach."""
    [bound] = query["having"]
    [end] = [each for each in ("atLeast", "atMost") if each in bound][:1]
    query["having"] = [{"by": bound["by"], end: float(number)}]


def _add_bound(query: Json, request: Request, bound: Bound, *, merges: bool) -> None:
    """Raises `NeedsAnswer` where there are no rows to choose from, or what is bounded is the price
    of a product or the amount of an order."""
    metric = bound.metric or query["metrics"][0]
    is_price = bound.is_money and METRICS[metric].unit is not Unit.MONEY
    has_metric = bool(request.metrics) or bool(query["having"]) or request.is_edit
    is_vague = bound.is_money and bound.metric is None and not has_metric
    if is_price or is_vague:
        raise NeedsAnswer(f"I cannot answer “{bound.text}”: {PRICE_GAP}.")
    if not query["groupBy"]:
        raise NeedsAnswer(f"I cannot answer “{bound.text}”: {SINGLE_GAP}.")
    if metric not in query["metrics"]:
        query["metrics"].append(metric)
    column = metric
    if bound.is_percent and METRICS[metric].unit is not Unit.PERCENT:
        column = _name_percent(query, metric, bound)
    step = 1 if METRICS[metric].unit is Unit.COUNT and bound.is_strict else 0
    condition: Json = {"by": column}
    if bound.at_least is not None:
        condition["atLeast"] = float(bound.at_least + (step if column == metric else 0))
    if bound.at_most is not None:
        condition["atMost"] = float(bound.at_most - (step if column == metric else 0))
    kept = [each for each in query["having"] if each["by"] != column]
    if merges:
        # "Over 1,000 and under 5,000": both ends.
        same = (each for each in query["having"] if each["by"] == column)
        condition = {**next(same, {}), **condition}
    query["having"] = [*kept, condition]


def _name_percent(query: Json, metric: str, bound: Bound) -> str:
    """The column of percents of a metric that the query has."""
    if query.get("compareTo") is not None:
        return f"{metric}_change_percent"
    for kind in ("share", "change"):
        if {"kind": kind, "metric": metric} in query["derived"]:
            return f"{metric}_{kind}"
    raise NeedsAnswer(f"{bound.text} of what, a share or a change?")


def _choose_metrics(request: Request) -> list[str]:
    """Where a name, a comparison or rows of a time are asked for, and no figure, it is revenue."""
    if request.wants_share and len(request.metrics) > 1:
        names = " and ".join(METRICS[name].label for name in request.metrics)
        raise NeedsAnswer(
            f"The share of what in what? You named {names}; which do you mean?"
        )
    if request.metrics:
        return list(request.metrics)
    implied = (
        request.descending is not None
        or request.wants_share
        or request.wants_change
        or request.by_change
        or (request.may_imply and _names_subject(request))
    )
    if not implied:
        raise NeedsAnswer(
            "Which figure do you mean: net revenue, orders, units sold, refunds or another?"
        )
    is_of_searches = "search_query" in request.group_by
    return ["searches" if is_of_searches else DEFAULT_METRIC]


def _names_subject(request: Request) -> bool:
    is_compared = request.compare_to is not None or request.compare_shift is not None
    is_named = bool(request.filters or request.currency or request.variants)
    return is_compared or is_named or bool(request.group_by and request.window)


def _set_window(query: Json, request: Request) -> None:
    if request.window is not None:
        query["window"] = request.window
        if not request.window:
            del query["window"]
    elif len(request.windows) > 1:
        joined = join_windows(request.windows)
        if joined is not None:
            query["window"] = joined[0]
            request.windows = []
            if not _has_period(query) and not request.sums:
                query["groupBy"].insert(0, joined[1])


def _add_figures(query: Json, request: Request) -> None:
    """Derived columns, of the metric that the query has now."""
    for column in request.derived:
        new = {**column}
        if new["metric"] not in query["metrics"]:
            new["metric"] = query["metrics"][0]
        if new not in query["derived"]:
            query["derived"].append(new)


def _set_comparison(query: Json, request: Request, today: date) -> None:
    """Of a comparison with another window there is no other change."""
    _choose_comparison(query, request, today)
    if query.get("compareTo") is not None:
        query["derived"] = [
            each for each in query["derived"] if each["kind"] != "change"
        ]


def _choose_comparison(query: Json, request: Request, today: date) -> None:
    _imply_window(query, request)
    if request.compare_to is not None:
        is_same = _is_same_time(request.compare_to, query.get("window"), today)
        query["compareTo"] = "previous" if is_same else request.compare_to
    if request.compare_unit is not None:
        _compare_unit(query, request.compare_unit, today)
    shift = request.compare_shift
    if shift is None or shift.unit in query["groupBy"]:
        request.wants_change |= shift is not None
        return
    window = query.get("window")
    if window is None:
        raise NeedsAnswer("Over which time, such as “last month” or “this year”?")
    if shift.count == -1 and shift.unit in ("period", window.get("unit")):
        query["compareTo"] = "previous"
    else:
        query["compareTo"] = move_window(window, shift, today=today)


def _is_same_time(other: Json | str | None, window: Json | None, today: date) -> bool:
    """ "In October, up on last month", in November: on the one before October."""
    if other is None or isinstance(other, str) or window is None:
        return False
    return other == window or list_days(other, today=today) == list_days(
        window, today=today
    )


def _compare_unit(query: Json, unit: str, today: date) -> None:
    """ "Month over month": of one month on the one before, or along all months."""
    window = query.get("window") or {}
    if not _has_period(query) and is_one_period(window, unit, today=today):
        query["compareTo"] = "previous"
        return
    if not _has_period(query) and unit in PERIODS:
        query["groupBy"].append(unit)


def _imply_window(query: Json, request: Request) -> None:
    """What is compared with the last month, or year, is the running one where no time is said."""
    if "window" in query or _has_period(query):
        return
    other = request.compare_to
    if other == "last_year":
        query["window"] = {"unit": "year", "count": 1, "offset": 0}
    elif isinstance(other, dict) and (other.get("count"), other.get("offset")) == (
        1,
        1,
    ):
        query["window"] = {**other, "offset": 0}
        request.compare_to = "previous"


def _has_period(query: Json) -> bool:
    return any(name in PERIODS for name in query["groupBy"])


def _set_change(query: Json, request: Request) -> None:
    if query.get("compareTo") is not None and "window" not in query:
        raise NeedsAnswer("What time is it compared with that, such as “this year”?")
    if not (request.wants_change or request.by_change) or "compareTo" in query:
        return
    if _has_period(query) and not request.by_change:
        column = {"kind": "change", "metric": query["metrics"][0]}
        if column not in query["derived"]:
            query["derived"].append(column)
    elif "window" in query:
        query["compareTo"] = "previous"
    else:
        raise NeedsAnswer("Over which time, such as “last month” or “this year”?")


def _list_variants(query: Json, request: Request) -> Sequence[Json]:
    if request.variants:
        return [
            {**query, "filters": [*query["filters"], *filters]}
            for filters in request.variants
        ]
    if request.windows:
        return [{**query, "window": window} for window in request.windows]
    return [query]


def _order_rows(query: Json, request: Request) -> Json:
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
    metric = query["metrics"][0]
    by_change = f"{metric}_change{'_percent' if request.in_percent else ''}"
    has_change = "compareTo" in query or any(
        each["kind"] == "change" for each in query["derived"]
    )
    is_compared = request.by_change and has_change
    column = request.sort_by or (by_change if is_compared else metric)
    if request.sort_by in METRICS and request.sort_by not in query["metrics"]:
        query = {**query, "metrics": [*query["metrics"], request.sort_by]}
    elif query.get("sort") and not request.by_change and request.sort_by is None:
        column = query["sort"][0]["by"]
    # All rows of each group: the groups one after the other.
    split = [name for name in request.within if name in query["groupBy"]]
    groups = [] if query.get("limit") else [{"by": name} for name in split]
    descending = request.descending
    if request.judges and column in BETTER_LOW:
        descending = not descending
    key = {"by": column, "descending": descending}
    return {**query, "sort": [*groups, key]}


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


def _order_fields(query: Json) -> Json:
    """Without what is empty."""
    return {name: value for name, value in query.items() if value not in (None, [])}
