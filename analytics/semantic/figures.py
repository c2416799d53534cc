"""Computes what the lines of a query add up to, before it is a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from analytics.facts.order_facts import LineBlock
from analytics.semantic.aggregation import Aggregated, Aggregation, count_facts
from analytics.semantic.dimension_keys import MULTIVALUED, build_key, key_name
from analytics.semantic.filters import (
    ValueIndex,
    build_condition,
    index_values,
    restrict_key,
)
from analytics.semantic.local_time import MICROSECOND
from analytics.semantic.measures import MEASURES
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.sources import FactSource
from analytics.semantic.steps import Frames
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import DIMENSIONS, METRICS, FactFamily
from webapp.insights.query.windows import TimeRange

ROWS_READ = "rows_read"


@dataclass(frozen=True)
class QueryFigures:
    """What a query's lines add up to, before it is a table."""

    rows: Aggregated
    """By the dimensions of the query, over its window and what its columns look back to."""
    totals: Aggregated
    before: Aggregated | None
    """The rows and totals of the window compared with."""
    totals_before: Aggregated | None
    spellings: Mapping[str, pl.DataFrame]
    """By dimension that rows are of, what its keys are called."""
    rows_read: int
    notes: Sequence[str] = ()
    """What a reader must know of these facts."""

    @property
    def currencies(self) -> list[str]:
        """What the orders of all its windows were paid in."""
        parts = (self.rows, self.totals, self.before, self.totals_before)
        return sorted(
            {code for part in parts if part for code in part.list_currencies()}
        )


@dataclass(frozen=True)
class FamilyFigures:
    """The figures of the metrics of a query that are of one family of facts."""

    family: FactFamily
    query: AnalyticsQuery
    """With these metrics alone."""
    first: datetime | None
    """When the first of its facts was recorded."""
    whole_until: datetime | None
    """Days that begin before it are counted as a whole."""
    figures: QueryFigures

    def knows(self, window: TimeRange | None) -> bool:
        """Whether facts were recorded by the end of a window."""
        end = None if window is None else window.end_instant
        return end is None or (self.first is not None and end > self.first)


def list_measures(query: AnalyticsQuery) -> tuple[str, ...]:
    """The measures that the metrics of a query are computed from."""
    names = (part for name in query.metrics for part in METRICS[name].components)
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class FiguresStep:
    """Aggregates the lines of a query, over the windows that each of its frames is of."""

    query: AnalyticsQuery
    windows: QueryWindows
    only_currency: str | None
    """What all lines were paid in, if that is known to be one currency."""
    values: Mapping[str, ValueIndex]
    """What is filtered by, as an expression that calls Python cannot cross to another process."""
    weight: str | None
    """The column with the number of facts that a line stands for; each is one without it."""

    @property
    def times(self) -> Sequence[datetime]:
        windows = self.windows
        ranges = [windows.window, windows.lookback, windows.compared]
        bounds = [
            *(time for each in ranges if each for time in each.instants),
            windows.cut_period_instant,
            windows.now + MICROSECOND,
        ]
        return [each for each in bounds if each is not None]

    def __call__(self, block: LineBlock) -> Mapping[str, pl.LazyFrame]:
        known = block.select_times(None, self.windows.now + MICROSECOND)
        matching = self._select_matching(known)
        read = known.select_times(*self.windows.window.instants)
        frames = {ROWS_READ: self._count_read(read)}
        for name, aggregation in self._list_aggregations().items():
            selected = self._select_pass(matching, name)
            for frame, plan in aggregation.aggregate(selected.lines).items():
                frames[_name_frame(name, frame)] = plan
        return frames

    def _count_read(self, read: LineBlock) -> pl.LazyFrame:
        if read.rows is None:
            return read.lines.select(count_facts(self.weight))
        return pl.LazyFrame({"len": [read.rows]}, schema={"len": pl.Int64})

    def combine(
        self, parts: Sequence[Frames], spellings: Mapping[str, pl.DataFrame]
    ) -> QueryFigures:
        found = {
            name: aggregation.combine(
                [
                    {
                        frame: part[_name_frame(name, frame)]
                        for frame in aggregation.frame_names
                    }
                    for part in parts
                ]
            )
            for name, aggregation in self._list_aggregations().items()
        }
        rows, before = found["rows"], found.get("before")
        return QueryFigures(
            rows=rows,
            totals=found.get("totals", rows),
            before=before,
            totals_before=found.get("totals_before", before),
            spellings=spellings,
            rows_read=sum(int(part[ROWS_READ].item()) for part in parts),
        )

    def _list_aggregations(self) -> Mapping[str, Aggregation]:
        """What is aggregated, each of a window of its own."""
        windows, measures = self.windows, list_measures(self.query)
        keys = tuple(map(key_name, self.query.group_by))
        by_row = Aggregation(
            keys,
            measures,
            self.only_currency,
            self.weight,
            parts_orders=_parts_orders(self.query, self.query.group_by),
        )
        overall = replace(by_row, keys=(), parts_orders=_parts_orders(self.query, []))
        rows_are_total = _add_up(self.query, measures)
        passes = {"rows": by_row}
        if windows.lookback != windows.window or not rows_are_total:
            passes["totals"] = overall
        if windows.compared is not None:
            passes["before"] = by_row
            if not rows_are_total:
                passes["totals_before"] = overall
        return passes

    def _select_pass(self, matching: LineBlock, name: str) -> LineBlock:
        windows = self.windows
        if name == "rows":
            return _select_lookback(matching, windows)
        if name == "totals" or windows.compared is None:
            return matching.select_times(*windows.window.instants)
        return matching.select_times(*windows.compared.instants)

    def _select_matching(self, block: LineBlock) -> LineBlock:
        """The lines that pass the filters, with the keys of the rows as columns."""
        query, zone = self.query, self.windows.zone
        condition = build_condition(query.filters, self.values, zone)
        if query.currency is not None:
            condition &= pl.col("currency") == query.currency.value
        keys = [
            restrict_key(
                name,
                build_key(name, zone, query.first_weekday),
                query.filters,
                self.values,
            ).alias(key_name(name))
            for name in query.group_by
        ]
        return block.with_lines(block.lines.filter(condition).with_columns(keys))


def _name_frame(aggregation: str, frame: str) -> str:
    return f"{aggregation}.{frame}"


def compute_figures(
    query: AnalyticsQuery, source: FactSource, windows: QueryWindows
) -> QueryFigures:
    """Collects all frames that the result needs. Raises `ImpossibleQuery`, `BadWindow`."""
    needed = [windows.window, windows.lookback]
    if windows.compared is not None:
        needed.append(windows.compared)
    named = [*query.group_by, *(each.dimension for each in query.filters)]
    spellings = source.read_spellings(named)
    values = index_values(query.filters, spellings)
    # Refuses values that no line has, before a line of the windows is read.
    build_condition(query.filters, values, windows.zone)
    step = FiguresStep(query, windows, source.only_currency, values, source.weight)
    return step.combine(source.run(step, needed), spellings)


def _parts_orders(query: AnalyticsQuery, keys: Sequence[str]) -> bool:
    """Whether groups by these keys may have some lines of an order, and not the others."""
    dimensions = [*keys, *(each.dimension for each in query.filters)]
    return any(DIMENSIONS[name].is_of_lines for name in dimensions)


def _add_up(query: AnalyticsQuery, measures: Sequence[str]) -> bool:
    """Whether the totals of all measures can be had from the rows: sums add up, and distinct values
    of rows are those of all; but an order is in the row of each product that it has, and a line in
    that of each of its tags."""
    if any(name in MULTIVALUED for name in query.group_by):
        return False
    has_lines = any(DIMENSIONS[name].is_of_lines for name in query.group_by)
    counts_orders = any(
        MEASURES[name].is_distinct and not MEASURES[name].spans_partitions
        for name in measures
    )
    return not (has_lines and counts_orders)


def _select_lookback(block: LineBlock, windows: QueryWindows) -> LineBlock:
    """The lines of the window, and those of whole periods before it that are looked back to: what a
    period that the window cuts has before it belongs to neither."""
    selected = block.select_times(*windows.lookback.instants)
    cut, start = windows.cut_period_instant, windows.window.start_instant
    if cut is None or start is None or windows.lookback == windows.window:
        return selected
    return selected.drop_times(cut, start)


def select_window(lines: pl.LazyFrame, window: TimeRange) -> pl.LazyFrame:
    start, end = window.start_instant, window.end_instant
    if start is not None:
        lines = lines.filter(pl.col("at") >= start)
    return lines if end is None else lines.filter(pl.col("at") < end)
