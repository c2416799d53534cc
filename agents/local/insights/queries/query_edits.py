"""Changes the query before into what a message wants of it. Pure."""

from collections.abc import Sequence
from copy import deepcopy

from agents.local.dialogue_state import Json
from agents.local.insights.edits.limits import ROWS
from agents.local.insights.queries.counted_rows import (
    STATUSES,
    count_people,
    name_counted,
)
from agents.local.insights.queries.dropped_columns import (
    drop_columns,
    drop_weekdays,
    list_dropped,
)
from agents.local.insights.queries.filter_edits import (
    brings_back,
    change_filters,
    drop_filter,
    drop_values,
    forget_filters,
    keep_found_value,
    restore_values,
    set_side_by_side,
    widen_value,
)
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.queries.parts import (
    ALONG_TIME,
    LIMITS,
    NeedsAnswer,
    drop_filters,
    drop_parts,
    has_period,
    list_once,
)
from agents.local.insights.queries.ranking import rank_one, rank_within
from agents.local.insights.queries.window_edits import (
    change_comparison,
    change_window,
    means_whole,
    turn_around,
)
from agents.local.insights.question.draft import Request
from agents.local.insights.question.pairs import says_total
from agents.local.insights.question.question import Question
from agents.local.insights.question.recurring_filters import find_counted_rows
from agents.local.insights.question.value_filters import SUMMED
from agents.local.insights.words.lexicon import Role
from agents.local.language.today import Today

ROWS_OF = frozenset({
    "all of them", "all of these", "all of those", "all rows", "the full list", "full list",
    "the whole list", "the complete list",
})  # fmt: skip
EVERYWHERE = frozenset({
    "everywhere", "worldwide", "globally", "anywhere", "all over the world", "around the world",
    "in the whole world",
})  # fmt: skip
SELLING = frozenset({"net_revenue", "gross_revenue", "units", "orders"})
""" "Sold" and "ordered" may mean each of them."""
TOGETHER = frozenset({"together", "combined", "altogether"})


FURTHER_BOUNDS = frozenset({"and", "but"})


def edit_query(
    earlier: Earlier, question: Question, request: Request, today: Today
) -> Json:
    """The query before as it is changed; of the request is left what is new in it. Raises
    `NeedsAnswer`, `BadWindow`, `OverflowError`."""
    query = deepcopy(earlier.query)
    if question.has(Role.LATER) and "limit" in query and "window" not in query:
        # Without a time, "the next one" is a row.
        request.goes_on, request.shift, request.limit = True, None, 1
    if request.goes_on:
        return _go_on(query, request, earlier)
    query.pop("offset", None)
    # "I would also like to see units rather than money": not both of them.
    adds = question.has(Role.ALSO) and not question.has(Role.INSTEAD_OF)
    _settle_people_and_money(query, question, request)
    _keep_metric(query, question, request)
    change_comparison(query, question, request, today)
    drop_values(query, question, request)
    _bound_rows(query, question, request, adds=adds)
    forget_filters(query, question, request)
    swaps = _drop_columns(query, question, request)
    is_whole = means_whole(query, question, request, today)
    if is_whole:
        request.window, request.group_by = None, []
    _widen_query(query, question, request, is_whole=is_whole)
    if question.has(Role.DRILL) and request.filters and not request.group_by:
        request.group_by = ["product"]
    turn_around(query, request)
    rank_one(query, question, request)
    rank_within(query, request, adds=adds)
    _change_groups(query, request, earlier.first_row, question, adds=swaps or adds)
    if request.metrics:
        _change_metrics(query, request, adds=adds)
    set_side_by_side(query, request)
    change_filters(query, request, adds=adds)
    _change_times(query, question, request, today)
    request.is_edit = True
    return query


def _drop_columns(query: Json, question: Question, request: Request) -> bool:
    """Whether others are wanted in their place, next to those that stay."""
    drop_weekdays(query, question, request)
    swaps = bool(request.group_by and list_dropped(query, request))
    drop_columns(query, request)
    return swaps


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


def _change_times(
    query: Json, question: Question, request: Request, today: Today
) -> None:
    """Of "the last 3 Fridays", where there was a single figure before, each is shown, and not their
    sum."""
    change_window(query, question, request, today)
    has_rows = bool(query.get("groupBy") or request.group_by or request.variants)
    is_sum = request.sums or question.has(Role.SUM_UP) or says_total(question.mentions)
    if not (has_rows or is_sum):
        query["groupBy"] = find_counted_rows(question.mentions, today)


def _settle_people_and_money(query: Json, question: Question, request: Request) -> None:
    """Whose figures are meant, and in which currency, where words may mean a figure, too."""
    _name_status(query, request)
    count_people(query, question, request)
    name_counted(query, question, request)
    _name_currency(query, question, request)
    _leave_shares(query, question, request)


def _keep_metric(query: Json, question: Question, request: Request) -> None:
    """ "Reduce that to the category that sold the most", of units by category: the most of these,
    as no word names another figure."""
    is_narrower = question.has(Role.ONLY) and request.descending is not None
    rows = query.get("groupBy", [])
    is_of_rows = bool(rows) and request.group_by in ([], rows)
    names = question.has(Role.METRIC) or request.sort_by is not None
    sells = any(
        each.get_name(Role.METRIC_VERB) in SELLING for each in question.mentions
    )
    is_sold = SELLING.issuperset(query.get("metrics", ("",)))
    if is_narrower and is_of_rows and sells and is_sold and not names:
        request.metrics = []


def _leave_shares(query: Json, question: Question, request: Request) -> None:
    """ "And how much from returning customers?", of their share: an amount, as a single row is all
    that there is."""
    single = {
        each["dimension"] for each in request.filters if len(each.get("in", [])) == 1
    }
    shares = any(each["kind"] == "share" for each in query.get("derived", []))
    is_of_rows = set(query.get("groupBy", [])) == single != set()
    if is_of_rows and shares and question.has(Role.HOW_MUCH):
        drop_parts(query, ("groupBy", "sort", "derived", "having", *LIMITS))


def _name_status(query: Json, request: Request) -> None:
    """ "Returning customers?", of the revenue with new ones before: whose it is."""
    status = STATUSES.get(request.metrics[0] if request.metrics else "")
    kept = [name for name in query.get("metrics", []) if name not in STATUSES]
    is_filtered = any(
        status and each["dimension"] == status["dimension"] and "in" in each
        for each in query.get("filters", [])
    )
    if status and is_filtered and kept and request.has_only("metrics"):
        request.metrics, request.filters = [], [deepcopy(status)]


def _name_currency(query: Json, question: Question, request: Request) -> None:
    """ "How much of it was paid in pounds?": an amount, as there are no rows by which it would be a
    share."""
    asks = any(each.word.startswith("how much of") for each in question.mentions)
    has_rows = bool(query.get("groupBy") or request.group_by)
    if request.currency and request.wants_share and asks and not has_rows:
        request.wants_share = False
        request.derived = [each for each in request.derived if each["kind"] != "share"]


def _keep_periods(query: Json, request: Request) -> None:
    """ "And how much of it from new customers?", of revenue by month: in each of the months."""
    if request.part is None or not has_period(query):
        return
    request.group_by.remove(request.part["dimension"])
    request.filters.append(request.part)
    request.part, request.wants_share = None, False
    request.derived = [each for each in request.derived if each["kind"] != "share"]


def _bound_rows(
    query: Json, question: Question, request: Request, *, adds: bool
) -> None:
    """ "Only those with more than 100 orders": the figures before, of fewer rows. "And less than
    500": of those that are left."""
    first = question.mentions[0].word.split()[0] if question.mentions else ""
    request.keeps_bounds = bool(request.bounds) and first in FURTHER_BOUNDS
    if adds and request.bounds and not request.keeps_bounds:
        query.pop("having", None)
    bounded = {each.metric for each in request.bounds}
    if query.get("groupBy") and query.get("metrics") and not request.group_by:
        request.metrics = [name for name in request.metrics if name not in bounded]


def _widen_query(
    query: Json, question: Question, request: Request, *, is_whole: bool
) -> None:
    """Takes back what the query left out: rows, filters, groups."""
    is_total = is_whole or _wants_total(query, question, request)
    if "limit" in query and not is_total and _lists_all(query, request):
        drop_parts(query, LIMITS)
        request.of_each = False
    if question.has(Role.EVERY_VALUE) and not (request.all_of or is_total):
        is_of_places = _forget_places(query, question)
        names = LIMITS if "limit" in query else _list_wider(question)
        drop_parts(query, () if is_of_places else names)
    if is_total:
        drop_parts(query, ("groupBy", "sort", "derived", "having", *LIMITS))
    if question.has(Role.RESTORE) or brings_back(query, question, request):
        restore_values(query, request)
    for name in request.all_of:
        drop_filter(query, request, name)
    _list_every_value(query, request)


def _lists_all(query: Json, request: Request) -> bool:
    """ "All categories, please", of the best three: no list is of fewer than all."""
    ranked = {*query.get("groupBy", ())} - {*query.get("limitBy", ())}
    is_of_rows = not ranked.isdisjoint([*request.all_of, *request.every_of])
    is_cut = request.limit is not None or request.number is not None
    return is_of_rows and request.descending is None and not is_cut


def _list_every_value(query: Json, request: Request) -> None:
    """ "What share does each country have?", of those but Germany: what is left out stays so."""
    query["filters"] = [
        each
        for each in query.get("filters", [])
        if each["dimension"] not in request.every_of or "notIn" in each
    ]


def _forget_places(query: Json, question: Question) -> bool:
    """ "Everywhere, not just Canada": the same list, of all countries. Whether that is meant."""
    says = not EVERYWHERE.isdisjoint(question.lowered_words)
    if says:
        drop_filters(query, {"country", "state"})
    return says


def _list_wider(question: Question) -> Sequence[str]:
    """What goes where all is wanted: "all of them" are the rows that there are."""
    is_of_rows = not ROWS_OF.isdisjoint(question.lowered_words) or question.means(ROWS)
    return () if is_of_rows else ("filters",)


def _wants_total(query: Json, question: Question, request: Request) -> bool:
    """Whether one figure of all rows is wanted: "and the total?"."""
    if request.group_by or request.limit or request.descending is not None:
        return False
    is_summed = not SUMMED.isdisjoint(question.lowered_words)
    if request.all_of and not request.filters and is_summed:
        # "All countries together", of one by month: the months stay.
        filtered = {each["dimension"] for each in query.get("filters", [])}
        return filtered.isdisjoint(request.all_of)
    if request.all_of or request.wants_share or _sums_values(query, question, request):
        return False
    is_same = set(request.metrics) <= set(query.get("metrics", []))
    is_word = bool(query.get("groupBy")) and is_same and says_total(question.mentions)
    return question.has(Role.SUM_UP) or is_word


def _sums_values(query: Json, question: Question, request: Request) -> bool:
    """ "Only Britain and America, together": of the names, in each of the rows."""
    listed = {
        each["dimension"] for each in request.filters if len(each.get("in", [])) > 1
    }
    return (
        not question.has(Role.SUM_UP)
        and not TOGETHER.isdisjoint(question.lowered_words)
        and bool(listed)
        and listed.isdisjoint(query.get("groupBy", []))
    )


def _change_groups(
    query: Json,
    request: Request,
    first_row: Json,
    question: Question,
    *,
    adds: bool,
) -> None:
    _keep_periods(query, request)
    before = query.get("groupBy", [])
    if before and request.listed == request.group_by:
        request.group_by = []  # "For Germany and France": of the rows that there are.
    if not request.group_by:
        return
    keep_found_value(query, question, request, first_row)
    widen_value(query, request)
    had_period = has_period(query)
    if adds:
        query["groupBy"] = list_once(before, request.group_by)
    else:
        query["groupBy"] = list_once(request.group_by)
        query.pop("limitBy", None)
    if not has_period(query) and "derived" in query:
        query["derived"] = [
            each for each in query["derived"] if each["kind"] not in ALONG_TIME
        ]
    query["sort"] = [key for key in query.get("sort", []) if key["by"] not in before]
    if has_period(query) and not had_period:
        drop_parts(query, ("sort", *LIMITS))


def _change_metrics(query: Json, request: Request, *, adds: bool) -> None:
    # An analysis before may be of no metric.
    before = query.get("metrics") or request.metrics
    query["metrics"] = list_once(before if adds else [], request.metrics)
    if adds:
        return
    old, new = before[0], request.metrics[0]
    for column in query.get("derived", []):
        column["metric"] = new
    for key in query.get("sort", []):
        key["by"] = _rename_column(key["by"], old, new)
    query.pop("having", None)


def _rename_column(column: str, old: str, new: str) -> str:
    is_of = column == old or column.startswith(f"{old}_")
    return f"{new}{column.removeprefix(old)}" if is_of else column
