"""Computes the figures of stock: levels are at the end of each period, and of the window."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from analytics.facts.line_columns import derive_keys
from analytics.facts.stock_facts import StockFacts
from analytics.semantic.aggregation import (
    HAS_HOME,
    LINES,
    PAID_IN,
    Aggregated,
    Aggregation,
)
from analytics.semantic.dimension_keys import (
    SPELLINGS,
    build_key,
    key_name,
    list_spellings,
)
from analytics.semantic.figures import QueryFigures, list_measures
from analytics.semantic.filters import build_condition, index_values
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.stock_flows import build_flows
from analytics.semantic.stock_measures import STOCK_MEASURES, add_known_by
from analytics.semantic.stock_periods import PERIOD, PeriodBounds, add_up_flows
from webapp.insights.query.analytics_query import AnalyticsQuery, QueryScope
from webapp.insights.query.definitions import METRICS, PERIODS, Additivity
from webapp.insights.query.descriptions import describe_days
from webapp.insights.query.windows import TimeRange, to_instant, to_local


@dataclass(frozen=True)
class StockSource:
    """The stock of the shop, with the currency in which it has a value."""

    facts: StockFacts
    home_currency: str

    @property
    def first(self) -> datetime | None:
        """When the stock of the first variant was recorded."""
        return self.facts.first

    @property
    def whole_until(self) -> datetime | None:
        """Nothing is counted by whole days."""
        return None


def list_stock_spellings(variants: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    """What people call the values of each dimension that stock has."""
    lines = variants.lazy().with_columns(at=pl.col("created_at"))
    named = _list_spelled(variants)
    frames = pl.collect_all([list_spellings(lines, name) for name in named])
    return dict(zip(named, frames, strict=True))


def _list_spelled(variants: pl.DataFrame) -> list[str]:
    columns = set(variants.columns)
    return [name for name, used in SPELLINGS.items() if columns.issuperset(used)]


def match_variants(
    scope: QueryScope,
    facts: StockFacts,
    zone: ZoneInfo,
    spellings: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """The variants that pass the filters, whether they are for sale or not, with their keys. Raises
    `ImpossibleQuery`."""
    values = index_values(scope.filters, spellings)
    condition = build_condition(scope.filters, values, zone)
    named = _list_spelled(facts.variants)
    return derive_keys(facts.variants.lazy(), named).filter(condition).collect()


def compute_stock_figures(
    query: AnalyticsQuery, source: StockSource, windows: QueryWindows
) -> QueryFigures:
    """Raises `ImpossibleQuery`, `BadWindow`."""
    facts, home_currency = source.facts, source.home_currency
    spellings = list_stock_spellings(facts.variants)
    matching = match_variants(query, facts, windows.zone, spellings)
    variants = matching.select("variant", *_list_keys(query, windows.zone))
    measures = add_known_by(list_measures(query))
    columns = {name for each in measures for name in STOCK_MEASURES[each].columns}
    flows = build_flows(
        replace(facts, variants=matching),
        {name.removesuffix("_time") for name in columns},
        now=windows.now,
        home_currency=home_currency,
    )
    moved = facts.movements.join(variants, on="variant", how="semi")
    step = _StockStep(
        query,
        windows,
        # Of all windows and totals.
        flows.join(variants.lazy(), on="variant").collect().lazy(),
        home_currency,
        lines=variants.height + moved.height,
    )
    compared = windows.compared
    return QueryFigures(
        rows=step.add_up_rows(windows.lookback),
        totals=step.add_up_total(windows.window),
        before=None if compared is None else step.add_up_rows(compared),
        totals_before=None if compared is None else step.add_up_total(compared),
        spellings={
            name: frame for name, frame in spellings.items() if name in query.group_by
        },
        rows_read=facts.variants.height + facts.movements.height,
        notes=list(_iterate_notes(query, facts, matching, windows)),
    )


def _list_keys(query: AnalyticsQuery, zone: ZoneInfo) -> list[pl.Expr]:
    names = [name for name in query.group_by if name not in PERIODS]
    return [
        build_key(name, zone, query.first_weekday).alias(key_name(name))
        for name in names
    ]


def _iterate_notes(
    query: AnalyticsQuery,
    facts: StockFacts,
    matching: pl.DataFrame,
    windows: QueryWindows,
) -> Iterator[str]:
    hidden = int(matching.filter(~pl.col("is_for_sale"))["on_hand"].sum())
    if hidden:
        yield f"{hidden:,} units on hand now are of products that are not for sale, and not counted"
    yield from _note_unknown(facts, matching.filter("is_for_sale"), windows)
    if "stock_value" in query.metrics:
        yield "Stock is valued at the prices of now, whenever it was there"
    if windows.period is not None and has_levels(query):
        yield (
            f"Stock is that at the end of each {windows.period}; the total is that at the end of "
            "the window"
        )


def _note_unknown(
    facts: StockFacts, variants: pl.DataFrame, windows: QueryWindows
) -> Iterator[str]:
    """Of variants that there were before anybody recorded their stock."""
    recorded = pl.col("recorded_at").fill_null(facts.as_of)
    ranges = [windows.lookback, *([windows.compared] if windows.compared else [])]
    starts = [each.start_instant or windows.first for each in ranges]
    is_late = (pl.col("created_at") < recorded) & (recorded > min(starts))
    late = variants.filter(is_late).select(recorded)
    last = late["recorded_at"].max()
    if isinstance(last, datetime):
        known = to_local(last, windows.zone)
        day = describe_days(known.date(), known.date())
        noun = "variant was" if late.height == 1 else "variants was"
        yield (
            f"The stock of {late.height:,} {noun} not recorded all the time: it is known of all "
            f"since {day}"
        )


def has_levels(query: AnalyticsQuery) -> bool:
    return any(METRICS[name].additivity is Additivity.LEVEL for name in query.metrics)


class _StockStep:
    def __init__(
        self,
        query: AnalyticsQuery,
        windows: QueryWindows,
        flows: pl.LazyFrame,
        home_currency: str,
        lines: int,
    ) -> None:
        self._query = query
        self._windows = windows
        self._flows = flows
        self._home_currency = home_currency
        self._lines = lines

    def add_up_rows(self, window: TimeRange) -> Aggregated:
        period = self._windows.period
        if period is None:
            return self._add_up(self._query.group_by, [self._bound_whole(window)], None)
        starts = self._windows.list_periods(window)
        bounds = [
            self._bound_period(start, following, window)
            for start, following in zip(starts, [*starts[1:], None], strict=True)
        ]
        return self._add_up(self._query.group_by, bounds, starts)

    def add_up_total(self, window: TimeRange) -> Aggregated:
        return self._add_up([], [self._bound_whole(window)], None)

    def _bound_whole(self, window: TimeRange) -> PeriodBounds:
        end = window.end_instant or self._windows.now
        return PeriodBounds(window.start_instant, min(end, self._windows.now))

    def _bound_period(
        self, start: datetime, following: datetime | None, window: TimeRange
    ) -> PeriodBounds:
        """The part of a period that lies in a window; of what is looked back to, what is whole."""
        whole = self._bound_whole(window)
        first = self._to_instant(start)
        end = whole.end if following is None else self._to_instant(following)
        opened = self._windows.window.start_instant
        if first == self._windows.cut_period_instant and opened is not None:
            first = max(first, opened)
        if whole.start is not None:
            first = max(first, whole.start)
        return PeriodBounds(first, min(end, whole.end))

    def _to_instant(self, start: datetime) -> datetime:
        return start if start.tzinfo else to_instant(start, self._windows.zone)

    def _add_up(
        self,
        group_by: Sequence[str],
        bounds: Sequence[PeriodBounds],
        starts: Sequence[datetime] | None,
    ) -> Aggregated:
        keys = [key_name(name) for name in group_by]
        others = [key_name(name) for name in group_by if name not in PERIODS]
        measures = add_known_by(list_measures(self._query))
        chosen = {name: STOCK_MEASURES[name] for name in measures}
        found = add_up_flows(
            self._flows,
            others,
            bounds,
            columns={*(column for each in chosen.values() for column in each.columns)},
            now=self._windows.now,
        )
        if starts is not None:
            [period] = [key for key in keys if key not in others]
            names = pl.DataFrame({PERIOD: range(len(starts)), period: starts})
            found = found.join(names, on=PERIOD)
        sums = found.select(
            *keys,
            *(measure.value.alias(name) for name, measure in chosen.items()),
            pl.lit(self._lines, pl.Int64).alias(LINES),
            pl.lit(self._home_currency).alias(PAID_IN),
            pl.lit(value=True).alias(HAS_HOME),
        )
        aggregation = Aggregation(tuple(keys), measures, self._home_currency)
        return Aggregated(aggregation, sums, {})
