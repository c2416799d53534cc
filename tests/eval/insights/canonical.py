"""Compares queries by what they ask for, however they are written.

Windows are compared as days, filters as the values that they keep of those that the shop has,
parts without an order, metrics among them, as sets; a sort that is the default one is none.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from analytics.analyses.execution import run_analysis
from analytics.facts.family_facts import FamilyFacts
from analytics.semantic.customer_segments import add_segments
from analytics.semantic.dimension_keys import build_key
from analytics.semantic.execution import run_query
from analytics.semantic.extent import read_extent
from analytics.semantic.filters import (
    ValueIndex,
    build_condition,
    find_keys,
    index_values,
)
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.spellings import read_spellings
from analytics.semantic.steps import run_in_process
from tests.eval.insights.shops import NOW, MemoryShop
from tests.support.insights_dialogue import build_readers
from webapp.insights.analyses.requests import AnalysisRequest
from webapp.insights.analyses.results import AnalysisResult, AnalysisTable
from webapp.insights.query.analytics_query import (
    AnalyticsQuery,
    DimensionFilter,
    RowCondition,
)
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    DimensionKind,
    Unit,
)
from webapp.insights.query.results import AnalyticsResult, ResultRow
from webapp.insights.query.windows import TimeRange
from webapp.kit.time_zones import parse_zone

NUMBERS = {"weekday": range(1, 8), "hour_of_day": range(24)}
"""All values of the dimensions of numbers, whether or not there are orders of them."""
FINER = {"customer_type": "customer_status"}
"""Dimensions whose values are unions of those of another one, in which they are compared."""

Bound = tuple[float | None, bool]
"""A figure, and whether it is within the bound itself."""
Bounds = tuple[datetime | None, datetime | None]
PassingValues = frozenset[object]


@dataclass(frozen=True)
class CanonicalQuery:
    metrics: frozenset[str]
    group_by: frozenset[str]
    kept: frozenset[tuple[str, PassingValues]]
    """By dimension, the values that pass the filters; without those that keep all."""
    window: Bounds
    compared: Bounds | None
    derived: frozenset[tuple[str, str, int | None]]
    having: frozenset[tuple[str, Bound, Bound]]
    """By column, the least and the most."""
    sort: tuple[tuple[str, bool], ...]
    """Columns, and whether they descend."""
    limit: int | None
    limit_by: frozenset[str]
    offset: int | None
    currency: str | None


def normalize_query(query: AnalyticsQuery, shop: MemoryShop) -> CanonicalQuery:
    """Raises `ImpossibleQuery`, `BadWindow`."""
    zone = parse_zone(query.time_zone) if query.time_zone else shop.zone
    first = read_extent(shop.facts, shop.facts.as_of, run_in_process).first
    windows = QueryWindows(query, zone, query.as_of or NOW, first or NOW)
    kept = dict(_iterate_kept(query, shop))
    paid_in = kept.get("currency", frozenset())
    currency = None if query.currency is None else query.currency.value
    if currency is None and len(paid_in) == 1:
        [currency] = map(str, kept.pop("currency"))
    return CanonicalQuery(
        metrics=frozenset(query.metrics),
        group_by=frozenset(query.group_by),
        kept=frozenset(kept.items()),
        window=_bound(windows.window),
        compared=None if windows.compared is None else _bound(windows.compared),
        derived=frozenset(
            (each.kind.value, each.metric, each.length) for each in query.derived
        ),
        having=frozenset(map(_normalize_condition, query.having)),
        sort=tuple(_iterate_order(query)),
        limit=query.limit,
        limit_by=frozenset(query.limit_by),
        offset=query.offset,
        currency=currency,
    )


def _normalize_condition(condition: RowCondition) -> tuple[str, Bound, Bound]:
    """More than 5 of what is counted are at least 6."""
    metric = METRICS.get(condition.by.removesuffix("_change"))
    is_count = metric is not None and metric.unit is Unit.COUNT
    low = _join_bounds(condition.at_least, condition.more_than, 1 if is_count else 0)
    high = _join_bounds(condition.at_most, condition.less_than, -1 if is_count else 0)
    return condition.by, low, high


def _join_bounds(included: float | None, excluded: float | None, step: int) -> Bound:
    if excluded is None:
        return included, True
    return (excluded + step, True) if step else (excluded, False)


def _bound(window: TimeRange) -> Bounds:
    return window.start, window.end


def _iterate_kept(
    query: AnalyticsQuery, shop: MemoryShop
) -> Iterator[tuple[str, PassingValues]]:
    by_dimension: dict[str, list[DimensionFilter]] = defaultdict(list)
    for each in query.filters:
        by_dimension[FINER.get(each.dimension, each.dimension)].append(each)
    facts = add_segments(shop.facts, query, query.as_of or NOW, run_in_process)
    shop = replace(shop, facts=facts)
    for dimension, filters in by_dimension.items():
        if DIMENSIONS[dimension].kind is DimensionKind.NUMBER:
            known: PassingValues = frozenset(NUMBERS[dimension])
            kept: PassingValues = frozenset(_iterate_numbers(dimension, filters))
        else:
            known = _list_values(dimension, [], shop)
            kept = _list_values(dimension, filters, shop)
        if kept != known:
            yield dimension, kept


def _iterate_numbers(
    dimension: str, filters: Sequence[DimensionFilter]
) -> Iterator[int]:
    for value in NUMBERS[dimension]:
        if all(
            (each.any_of is None or value in map(int, each.any_of))
            and (each.none_of is None or value not in map(int, each.none_of))
            and (each.at_least is None or value >= each.at_least)
            and (each.at_most is None or value <= each.at_most)
            for each in filters
        ):
            yield value


def _list_values(
    dimension: str, filters: Sequence[DimensionFilter], shop: MemoryShop
) -> PassingValues:
    """Keys of the values of a dimension of text that the facts have which pass the filters."""
    searches = shop.others["searches"]
    if isinstance(searches, FamilyFacts) and dimension in searches.spellings:
        return _list_named(dimension, filters, searches.spellings[dimension])
    facts = shop.facts
    spellings = read_spellings([dimension], facts, facts.as_of, run_in_process)
    values = index_values(filters, spellings)
    condition = build_condition(filters, values, shop.zone)
    keys = (
        facts.scan()
        .filter(condition)
        .select(build_key(dimension, shop.zone).alias("key").unique())
    )
    return frozenset(keys.collect()["key"].to_list())


def _list_named(
    dimension: str, filters: Sequence[DimensionFilter], spellings: pl.DataFrame
) -> PassingValues:
    index = ValueIndex(dimension, spellings)
    kept = frozenset[object](spellings["key"].to_list())
    for each in filters:
        wanted, unwanted = find_keys(each, index)
        for keys in wanted:
            kept &= frozenset(keys)
        for keys in unwanted:
            kept -= frozenset(keys)
    return kept


def _iterate_order(query: AnalyticsQuery) -> Iterator[tuple[str, bool]]:
    """The columns by which rows are in order, up to where these tell all rows apart; within the
    groups of a limit."""
    keys = [(key.by, key.descending) for key in query.sort] or [
        *(
            (name, False)
            for name in query.group_by
            if DIMENSIONS[name].kind is not DimensionKind.TEXT
        ),
        (query.metrics[0], True),
    ]
    left = set(query.group_by) - set(query.limit_by)
    for name, is_descending in keys:
        if left and name not in query.limit_by:
            yield name, is_descending
        left.discard(name)


def run_on_shop(query: AnalyticsQuery, shop: MemoryShop) -> AnalyticsResult:
    """Raises `ImpossibleQuery`, `BadWindow`."""
    return run_query(
        query,
        shop.facts,
        home_currency=shop.home_currency,
        zone=shop.zone,
        others=shop.others,
    )


def is_same_answer(
    result: AnalyticsResult, expected: AnalyticsQuery, shop: MemoryShop
) -> bool:
    """Whether a result is that of a query as good as the expected one, to the last figure."""
    queries = result.query, expected
    if not any(each.sort or each.limit for each in queries):
        # By the first metric are rows in order where nothing else is said: no difference either.
        queries = _sort_metrics(result.query), _sort_metrics(expected)
    found, wanted = (normalize_query(each, shop) for each in queries)
    if found != wanted:
        return False
    # Rows that tie may come in another order, where groups are in another one.
    return sorted(map(_key_row, result.rows)) == sorted(
        map(_key_row, run_on_shop(expected, shop).rows)
    )


def _sort_metrics(query: AnalyticsQuery) -> AnalyticsQuery:
    return query.model_copy(update={"metrics": sorted(query.metrics)})


def is_same_analysis(
    result: AnalysisResult, expected: AnalysisRequest, shop: MemoryShop
) -> bool:
    """Whether a result is that of a request as good as the expected one, to the last figure."""
    if normalize_request(result.request, shop) != normalize_request(expected, shop):
        return False
    same = run_analysis(
        expected,
        shop.facts,
        home_currency=shop.home_currency,
        zone=shop.zone,
        **build_readers(shop.others),
    )
    tables = [sorted(each.tables, key=_name_table) for each in (result, same)]
    return result.findings == same.findings and tables[0] == tables[1]


def _name_table(table: AnalysisTable) -> str:
    return table.name


def normalize_request(request: AnalysisRequest, shop: MemoryShop) -> object:
    """Windows as times, filters as the values that they keep, dimensions as a set, and all else as
    it is."""
    scope = AnalyticsQuery(
        metrics=["orders"],
        filters=request.filters,
        window=request.window,
        compare_to=getattr(request, "compare_to", None),
        currency=request.currency,
    )
    others = request.model_dump(
        exclude={
            "filters",
            "window",
            "compare_to",
            "currency",
            "as_of",
            "time_zone",
            "week_start",
        }
    )
    if others.get("dimensions"):
        others["dimensions"] = sorted(others["dimensions"])
    return normalize_query(scope, shop), others


def _key_row(row: ResultRow) -> str:
    """Equal for equal figures, whether or not a whole number was written with decimals."""
    return repr(
        sorted(
            (name, float(value) if isinstance(value, int) else value)
            for name, value in row.items()
        )
    )
