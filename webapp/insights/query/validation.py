"""Refuses the queries that make no sense, each with what is possible instead. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from webapp.insights.query.analytics_query import (
    AnalyticsQuery,
    ComparisonKind,
    DerivedColumn,
    DerivedKind,
    DimensionFilter,
)
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    NONE,
    NOT_ATTRIBUTED,
    NUMBERS,
    ORDERS,
    PERIODS,
    Additivity,
    DimensionKind,
    Metric,
    list_dimensions_of,
    list_shared_dimensions,
)
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.periods import LONGER, Period
from webapp.insights.query.windows import AbsoluteWindow, RelativeWindow
from webapp.kit.countries import parse_country
from webapp.kit.text import label_key
from webapp.kit.weeks import count_weeks

WRITTEN_WEEK = re.compile(r"(?P<year>[1-9]\d{3})-?W(?P<number>\d\d)")
IN_ORDER = {DerivedKind.CHANGE, DerivedKind.RUNNING_TOTAL, DerivedKind.MOVING_AVERAGE}
"""Computed along the periods."""
COUNTRY = "country"
NO_COUNTRY = {label_key(NONE), label_key(NOT_ATTRIBUTED)}
"""What results call lines without a country."""
SUMMED = {DerivedKind.SHARE, DerivedKind.RUNNING_TOTAL}


def check_query(query: AnalyticsQuery) -> None:
    """Raises `ImpossibleQuery` for the first thing that makes no sense."""
    _check_names(query)
    _check_grains(query)
    _check_daily(query)
    _check_currency(query)
    _check_periods(query)
    _check_filters(query)
    for derived in query.derived:
        _check_derived(query, derived)
    _check_sort(query)
    _check_limit(query)
    _check_comparison(query)


def _check_names(query: AnalyticsQuery) -> None:
    _check_known("metric", query.metrics, METRICS)
    conditions = [condition.by for condition in query.having]
    _check_known("figure", conditions, query.figure_columns, once=False)
    _check_known("dimension", query.group_by, DIMENSIONS)
    filtered = [each.dimension for each in query.filters]
    _check_known("dimension", filtered, DIMENSIONS, once=False)
    derived = [each.name for each in query.derived]
    _check_known(
        "metric", [each.metric for each in query.derived], query.metrics, once=False
    )
    _check_once("derived column", derived)


def _check_known(
    what: str, names: Sequence[str], known: Collection[str], *, once: bool = True
) -> None:
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            place = "" if known is METRICS or known is DIMENSIONS else " of the query"
            raise ImpossibleQuery(
                f"{name[:50]} is no {what}{place}{hint}", possible=list(known)
            )
    if once:
        _check_once(what, names)


def _check_once(what: str, names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise ImpossibleQuery(
                f"The {what} {name} is there twice", possible=list(dict.fromkeys(names))
            )


def _check_grains(query: AnalyticsQuery) -> None:
    for name in query.metrics:
        metric = METRICS[name]
        for dimension in _list_used_dimensions(query):
            if not DIMENSIONS[dimension].is_in(metric.grain):
                raise ImpossibleQuery(
                    f"{metric.label} cannot be split by {DIMENSIONS[dimension].label}: that figure "
                    f"is recorded by {metric.family.grains[metric.grain]}",
                    possible=list_shared_dimensions(query.metrics),
                )


def _check_daily(query: AnalyticsQuery) -> None:
    """What is counted by day has no hours."""
    daily = [name for name in query.metrics if METRICS[name].family.is_daily]
    if not daily:
        return
    label = METRICS[daily[0]].label
    for window in (query.window, query.compare_to):
        if isinstance(window, RelativeWindow) and window.unit is Period.HOUR:
            raise ImpossibleQuery(
                f"{label} are counted by day: there is no window of hours",
                possible=[each for each in Period if each is not Period.HOUR],
            )


def check_zone(metrics: Iterable[str], wanted: str | None, zone: ZoneInfo) -> None:
    """Refuse another zone than the shop's for facts that were counted by its days. Raises
    `ImpossibleQuery`."""
    for name in metrics:
        if METRICS[name].family.is_daily and wanted not in {None, zone.key}:
            raise ImpossibleQuery(
                f"{METRICS[name].label} are counted by days of {zone.key}, and by no others",
                possible=[zone.key],
            )


def check_countries(filters: Iterable[DimensionFilter]) -> None:
    """Refuse what is the name or the code of no country, or of several. Raises
    `ImpossibleQuery`."""
    for each in filters:
        if each.dimension != COUNTRY:
            continue
        for value in (*(each.any_of or []), *(each.none_of or [])):
            if label_key(value) in NO_COUNTRY:
                continue
            try:
                parse_country(value)
            except ValueError as error:
                raise ImpossibleQuery(
                    str(error), possible=["codes such as DE", "names such as Germany"]
                ) from error


def _check_currency(query: AnalyticsQuery) -> None:
    for name in query.metrics if query.currency is not None else []:
        if METRICS[name].family.name != ORDERS:
            raise ImpossibleQuery(
                f"A currency is of orders, and {METRICS[name].family.plural} have none",
                possible=[
                    "no currency",
                    *(each for each in METRICS if METRICS[each].family.name == ORDERS),
                ],
            )


def _list_used_dimensions(query: AnalyticsQuery) -> Iterator[str]:
    yield from query.group_by
    yield from (each.dimension for each in query.filters)


def list_periods_of(query: AnalyticsQuery) -> list[str]:
    """The dimensions of the rows that are periods."""
    return [name for name in query.group_by if name in PERIODS]


def _check_periods(query: AnalyticsQuery) -> None:
    if len(periods := list_periods_of(query)) > 1:
        raise ImpossibleQuery(
            f"Rows are of one period, not of {' and '.join(periods)}", possible=periods
        )


def _check_filters(query: AnalyticsQuery) -> None:
    for each in query.filters:
        kind = DIMENSIONS[each.dimension].kind
        if kind is DimensionKind.PERIOD:
            _check_week_numbers(*(each.any_of or []), *(each.none_of or []))
            raise ImpossibleQuery(
                f"Filter {each.dimension} by the window: firstDay and lastDay, or a unit",
                possible=["window with firstDay and lastDay", "window with a unit"],
            )
        bounds = (each.at_least, each.at_most)
        if kind is DimensionKind.TEXT and bounds != (None, None):
            raise ImpossibleQuery(
                f"{each.dimension} is no number, and has no atLeast or atMost",
                possible=["in", "notIn", "contains"],
            )
        if kind is DimensionKind.NUMBER:
            _check_number_values(each.dimension, each.any_of or [], each.none_of or [])
            if each.contains is not None:
                raise ImpossibleQuery(
                    f"{each.dimension} is a number, and contains no text",
                    possible=["in", "notIn", "atLeast", "atMost"],
                )


def _check_week_numbers(*values: str) -> None:
    """Refuses a week that its year does not have, before any window is named for it."""
    for value in values:
        week = WRITTEN_WEEK.fullmatch(value.strip().upper())
        if week is None:
            continue
        year, number = int(week["year"]), int(week["number"])
        last = count_weeks(year)
        if not 1 <= number <= last:
            raise ImpossibleQuery(
                f"{year} has {last} weeks, and no week {number}",
                possible=[f"{year:04}-W{each:02}" for each in range(1, last + 1)],
            )


def _check_number_values(dimension: str, *values: Sequence[str]) -> None:
    known = NUMBERS[dimension]
    for value in (value for part in values for value in part):
        if not (value.isascii() and value.isdigit() and int(value) in known):
            raise ImpossibleQuery(
                f"{dimension} is a whole number from {known[0]} to {known[-1]},"
                f" and {value} is none",
                possible=list(map(str, known)),
            )


def _check_derived(query: AnalyticsQuery, derived: DerivedColumn) -> None:
    metric = METRICS[derived.metric]
    if derived.kind in IN_ORDER and not list_periods_of(query):
        raise ImpossibleQuery(
            f"A {derived.kind} needs a period to group by",
            possible=[
                name
                for name in list_shared_dimensions(query.metrics)
                if name in PERIODS
            ],
        )
    if derived.kind is DerivedKind.SHARE:
        _check_share(query)
    if derived.kind is DerivedKind.CHANGE and query.compare_to is not None:
        raise ImpossibleQuery(
            "A change on the period before and one on another window would have the same name: "
            "ask for one of them",
            possible=["derived change", "compareTo"],
        )
    if derived.kind in SUMMED and not _is_additive(query, metric):
        raise ImpossibleQuery(
            f"The rows of {metric.label} do not add up here, so that there is no {derived.kind}",
            possible=_list_additive(query),
        )


def _check_share(query: AnalyticsQuery) -> None:
    for name in query.group_by:
        if DIMENSIONS[name].is_multivalued:
            raise ImpossibleQuery(
                f"A line counts for each {DIMENSIONS[name].label} that it has, so that shares by "
                f"{DIMENSIONS[name].label} would add up to more than the whole",
                possible=[
                    each
                    for each in list_shared_dimensions(query.metrics)
                    if not DIMENSIONS[each].is_multivalued
                ],
            )


def _list_additive(query: AnalyticsQuery) -> list[str]:
    """The metrics whose rows add up, of the query or, if it has none, of all; else what can be
    derived whether they do or not."""
    used = set(_list_used_dimensions(query))
    of_query = [name for name in query.metrics if _is_additive(query, METRICS[name])]
    others = [
        name
        for name, metric in METRICS.items()
        if used.issubset(list_dimensions_of(metric)) and _is_additive(query, metric)
    ]
    return of_query or others or ["derived rank"]


def _is_additive(query: AnalyticsQuery, metric: Metric) -> bool:
    """Whether the rows of the query add up to the total."""
    if metric.additivity is Additivity.LEVEL:
        return not list_periods_of(query)
    if metric.additivity is not Additivity.BY_ORDER:
        return metric.additivity is Additivity.SUM
    return not any(DIMENSIONS[name].is_of_lines for name in query.group_by)


def _check_sort(query: AnalyticsQuery) -> None:
    keys = [key.by for key in query.sort]
    _check_known("column", keys, query.sortable_columns)


def _check_limit(query: AnalyticsQuery) -> None:
    if not query.limit_by:
        return
    if query.limit is None and query.offset is None:
        raise ImpossibleQuery(
            "limitBy says of what limit counts the rows, and there is none",
            possible=["limit", "offset"],
        )
    longer = [each for name in list_periods_of(query) for each in LONGER[Period(name)]]
    if not query.group_by:
        raise ImpossibleQuery(
            "limitBy is of the rows' dimensions, and there is one row",
            possible=["groupBy with two dimensions", "no limitBy"],
        )
    _check_known("dimension", query.limit_by, [*query.group_by, *longer])
    if set(query.group_by) <= set(query.limit_by):
        raise ImpossibleQuery(
            "With all of groupBy in limitBy, each row is the only one of its kind",
            possible=_list_wider(query.group_by, longer),
        )


def _list_wider(group_by: Sequence[str], longer: Sequence[str]) -> list[str]:
    """What rows can be limited by: some of several dimensions, or a longer period."""
    parts = [*group_by, *longer] if len(group_by) > 1 else [*longer]
    return parts or ["one more dimension in groupBy", "no limitBy"]


def _check_comparison(query: AnalyticsQuery) -> None:
    if query.compare_to is None:
        return
    if query.window is None or _is_open(query.window):
        raise ImpossibleQuery(
            "Only a window with a first day can be compared",
            possible=["window with firstDay", "window with a unit"],
        )
    other = query.compare_to
    if not isinstance(other, ComparisonKind) and _is_open(other):
        raise ImpossibleQuery(
            "The window to compare with needs its first and last day",
            possible=[
                *ComparisonKind,
                "compareTo with firstDay and lastDay",
                "compareTo with a unit",
            ],
        )


def _is_open(window: AbsoluteWindow | RelativeWindow) -> bool:
    return isinstance(window, AbsoluteWindow) and window.first_day is None
