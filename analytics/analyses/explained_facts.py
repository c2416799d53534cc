"""The facts of the two windows of a change that is explained: order lines, or searches by day."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from analytics.analyses.context import (
    AnalysisContext,
    CurrencyChoice,
    LineCounts,
    aggregate_passes,
    is_money,
)
from analytics.analyses.contributions import read_values
from analytics.analyses.explained_windows import ExplainedWindows
from analytics.facts.family_facts import FactRequest, FamilyFacts
from analytics.semantic.aggregation import Aggregated, count_facts
from analytics.semantic.dimension_keys import build_key, key_name
from analytics.semantic.figures import select_window
from analytics.semantic.filters import build_condition, index_values
from analytics.semantic.measures import MEASURES
from webapp.insights.analyses.errors import NotEnoughData
from webapp.insights.analyses.requests import ExplainChangeRequest
from webapp.insights.query.definitions import METRICS, NOT_ATTRIBUTED, ORDERS
from webapp.insights.query.descriptions import describe_days
from webapp.insights.query.windows import to_local

MIN_SEARCHES = 5
"""Queries that were searched less often in both windows are one value: they may say who it was."""
FEWER_SEARCHES = f"(fewer than {MIN_SEARCHES} searches)"
SEARCH_QUERY = "search_query"
Grouping = tuple[str | None, str]
"""A measure, by the keys of a dimension or as a whole."""
MeasureValues = Mapping[Any, int]
"""By key; of the whole by an empty one."""


@dataclass(frozen=True)
class ExplainedFacts:
    """Those that pass the filters, with columns for the keys of the dimensions."""

    before: pl.LazyFrame
    now: pl.LazyFrame
    money: CurrencyChoice
    """Of both windows: their amounts have to be in one currency."""
    in_home: bool
    """Whether amounts are converted to the shop's currency."""
    only_currency: str | None

    @classmethod
    def from_request(
        cls,
        context: AnalysisContext,
        request: ExplainChangeRequest,
        windows: ExplainedWindows,
        dimensions: Iterable[str],
    ) -> Self:
        """Raises `NotEnoughData`, `ImpossibleQuery`."""
        measures = METRICS[request.metric].components
        keys = [
            build_key(name, context.zone).alias(key_name(name)) for name in dimensions
        ]
        if METRICS[request.metric].family.name == ORDERS:
            money = _count_orders(context, windows, measures)
            facts, only_currency = context.matching, context.only_currency
        else:
            found = _read_searches(context, request, windows)
            money = _count_searches(context, found, windows)
            facts, only_currency = (
                _filter_searches(context, found),
                context.home_currency,
            )
        return cls(
            select_window(facts.with_columns(keys), windows.before),
            select_window(facts.with_columns(keys), windows.now),
            money,
            in_home=money.is_mixed and any(map(is_money, measures)),
            only_currency=only_currency,
        )

    def read_values(
        self, groupings: Iterable[Grouping]
    ) -> Mapping[Grouping, tuple[MeasureValues, MeasureValues]]:
        """What each is before and now, with queries of few searches as one value."""
        wanted = list(dict.fromkeys(groupings))
        counted = (SEARCH_QUERY, "searches")
        if any(dimension == SEARCH_QUERY for dimension, _ in wanted):
            wanted = list(dict.fromkeys([*wanted, counted]))
        figures = aggregate_passes(
            [
                ([] if name is None else [key_name(name)], measure, facts)
                for facts in (self.before, self.now)
                for name, measure in wanted
            ],
            self.only_currency,
        )
        values = [
            self._read_grouping(each, grouping)
            for each, grouping in zip(figures, wanted * 2, strict=True)
        ]
        half = len(wanted)
        found = dict(
            zip(wanted, zip(values[:half], values[half:], strict=True), strict=True)
        )
        if counted not in found:
            return found
        shown = {
            key
            for each in found[counted]
            for key, count in each.items()
            if count >= MIN_SEARCHES
        }
        return {
            (name, measure): (
                (_merge_others(pair[0], shown), _merge_others(pair[1], shown))
                if name == SEARCH_QUERY
                else pair
            )
            for (name, measure), pair in found.items()
        }

    def _read_grouping(self, figures: Aggregated, grouping: Grouping) -> MeasureValues:
        dimension, measure = grouping
        if dimension is not None:
            return read_values(figures, dimension, measure, in_home=self.in_home)
        total = figures.total([], in_home=self.in_home)
        return {"": int(total[measure].item())}


def iterate_value_notes(keys: Iterable[Any]) -> Iterator[str]:
    """What a reader must know of some of the values by which a change is split."""
    known = set(keys)
    if NOT_ATTRIBUTED in known:
        yield f"Refunds that name no lines are {NOT_ATTRIBUTED} to a product or a category"
    if FEWER_SEARCHES in known:
        yield f"Queries of fewer than {MIN_SEARCHES} searches are one row"


def _merge_others(values: MeasureValues, shown: Collection[Any]) -> MeasureValues:
    kept = {key: value for key, value in values.items() if key in shown}
    others = sum(value for key, value in values.items() if key not in shown)
    return {**kept, FEWER_SEARCHES: others} if others else kept


def _count_orders(
    context: AnalysisContext, windows: ExplainedWindows, measures: Iterable[str]
) -> CurrencyChoice:
    counted = pl.any_horizontal([MEASURES[name].lines for name in measures])
    now, before = (
        context.count_lines(
            select_window(context.matching, each), each, counted=counted
        )
        for each in (windows.now, windows.before)
    )
    return CurrencyChoice(now.add(before), context.home_currency)


def _read_searches(
    context: AnalysisContext, request: ExplainChangeRequest, windows: ExplainedWindows
) -> FamilyFacts:
    both = (windows.now, windows.before)
    found = context.read_searches(
        FactRequest(
            zone=context.zone,
            now=context.now,
            ranges=[(each.start_instant, each.end_instant) for each in both],
            grouped=frozenset([SEARCH_QUERY]),
            filtered=frozenset(each.dimension for each in request.filters),
        )
    ).days
    start = windows.before.start_instant
    if found.first is None:
        raise NotEnoughData("It takes searches, and none are recorded yet")
    if start is None or start < found.first:
        day = to_local(found.first, context.zone).date()
        raise NotEnoughData(
            f"Searches are recorded since {describe_days(day, day)}, and the time compared with "
            "began before"
        )
    return found


def _filter_searches(context: AnalysisContext, found: FamilyFacts) -> pl.LazyFrame:
    filters = context.request.filters
    values = index_values(filters, found.spellings)
    return found.rows.filter(build_condition(filters, values, context.zone))


def _count_searches(
    context: AnalysisContext, found: FamilyFacts, windows: ExplainedWindows
) -> CurrencyChoice:
    def count(facts: pl.LazyFrame) -> int:
        return sum(
            int(
                select_window(facts, each)
                .select(count_facts(found.weight))
                .collect()
                .item()
            )
            for each in (windows.now, windows.before)
        )

    counts = LineCounts(
        rows_read=count(found.rows),
        rows_counted=count(_filter_searches(context, found)),
        currencies=[],
        without_rate=[],
    )
    return CurrencyChoice(counts, context.home_currency)
