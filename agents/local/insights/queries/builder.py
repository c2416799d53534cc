"""Builds the queries that a question asks for, from its parts and the query before. Pure."""

from collections.abc import Sequence
from copy import deepcopy

from agents.local.dialogue_state import Json
from agents.local.insights.queries.bounds import add_bounds, move_bound
from agents.local.insights.queries.comparisons import set_change, set_comparison
from agents.local.insights.queries.follow_ups import Earlier, is_follow_up
from agents.local.insights.queries.parts import NeedsAnswer, has_period
from agents.local.insights.queries.query_edits import edit_query
from agents.local.insights.queries.ranking import order_rows
from agents.local.insights.queries.running_periods import leave_running_period
from agents.local.insights.queries.windows import choose_grain, join_windows
from agents.local.insights.question.draft import Request
from agents.local.insights.question.question import Question
from agents.local.insights.question.related_metrics import DEFAULT_METRIC, RATES
from agents.local.insights.words.lexicon import YES_NO_WORDS, Role
from agents.local.language.today import Today
from webapp.insights.query.analytics_query import MAX_GROUPS, MAX_METRICS
from webapp.insights.query.definitions import METRICS


def build_queries(
    question: Question,
    *,
    today: Today,
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
        query = edit_query(earlier, question, request, today)
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
        _order_fields(order_rows(each, request))
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
    if _bounds_one_thing(question, request):
        request.bounds = []
    if YES_NO_WORDS.isdisjoint(question.lowered_words[:1]):
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


def _bounds_one_thing(question: Question, request: Request) -> bool:
    """ "Cold Harbour over 100 copies this year?": its figure is the answer, as that of "have we
    sold more than 100"."""
    goods = [
        each for each in request.filters if each["dimension"] in {"product", "category"}
    ]
    is_one = (
        len(goods) == len(request.filters) == 1 and len(goods[0].get("in", ())) == 1
    )
    asks = question.has(Role.HOW_MANY, Role.HOW_MUCH, Role.WHICH, Role.ONLY)
    metrics = {*request.metrics, *(each.metric for each in request.bounds)} - {None}
    is_plain = len(metrics) == 1 and len(request.bounds) == 1
    return is_one and is_plain and not (asks or request.group_by)


def _complete_query(query: Json, request: Request, today: Today) -> Json:
    query = {
        **query,
        "metrics": query.get("metrics") or _choose_metrics(request),
        "groupBy": query.get("groupBy") or list(request.group_by),
        "filters": [*query.get("filters", []), *request.filters],
        "derived": [*query.get("derived", [])],
        "having": [*query.get("having", [])],
    }
    if request.shift is not None and "window" not in query:
        is_same = request.shift.count == 0
        raise NeedsAnswer(
            "Which time do you mean?" if is_same else "Before or after which time?"
        )
    _set_window(query, request)
    if request.currency is not None:
        query["currency"] = request.currency
    _set_limit(query, request)
    _add_figures(query, request)
    set_comparison(query, request, today)
    if request.wants_trend and not has_period(query):
        query["groupBy"].insert(0, choose_grain(query.get("window"), today=today))
    leave_running_period(query, request, today)
    set_change(query, request)
    if request.wants_share and not query["groupBy"]:
        _take_rate(query)
    add_bounds(query, request)
    return query


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
            if not has_period(query) and not request.sums:
                query["groupBy"].insert(0, joined[1])


def _set_limit(query: Json, request: Request) -> None:
    if request.limit is not None:
        query["limit"] = request.limit
    if request.number is not None:
        _set_number(query, request)
    if request.within:
        query["limitBy"] = list(request.within)
    if query.get("limit") is None and "offset" not in query:
        query.pop("limitBy", None)


def _set_number(query: Json, request: Request) -> None:
    number, unit = request.number, request.number_unit
    window = query.get("window", {})
    if unit is not None and window.get("unit") is not None:
        query["window"] = {**window, "unit": unit, "count": number}
    elif unit is None and len(query["having"]) == 1 and not request.cuts:
        move_bound(query, number or 0)
    elif unit is None and ("limit" in query or _cuts_rows(query, request)):
        query["limit"] = number
        if not query.get("sort") and not has_period(query):
            query["sort"] = [{"by": query["metrics"][0], "descending": True}]
    else:
        raise NeedsAnswer(
            f"I do not know what {number} is to be here. What do you mean?"
        )


def _cuts_rows(query: Json, request: Request) -> bool:
    """ "Just 3", of rows that are not of periods: of these, a number may be one of times."""
    return request.cuts and bool(query["groupBy"]) and not has_period(query)


def _add_figures(query: Json, request: Request) -> None:
    """Derived columns, of the metric that the query has now."""
    for column in request.derived:
        new = {**column}
        if new["metric"] not in query["metrics"]:
            new["metric"] = query["metrics"][0]
        if new not in query["derived"]:
            query["derived"].append(new)


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


def _list_variants(query: Json, request: Request) -> Sequence[Json]:
    if request.variants:
        return [
            {**query, "filters": [*query["filters"], *filters]}
            for filters in request.variants
        ]
    if request.windows:
        return [{**query, "window": window} for window in request.windows]
    return [query]


def _order_fields(query: Json) -> Json:
    """Without what is empty."""
    return {name: value for name, value in query.items() if value not in (None, [])}
