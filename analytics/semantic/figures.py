"""Computes what the lines of a query add up to, before it is a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from analytics.semantic.aggregation import Aggregated, Aggregation
from analytics.semantic.dimension_keys import (
    MULTIVALUED,
    SPELLINGS,
    build_key,
    key_name,
    list_spellings,
)
from analytics.semantic.filters import build_condition, index_values, restrict_key
from analytics.semantic.measures import MEASURES
from analytics.semantic.query_windows import QueryWindows
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import DIMENSIONS, METRICS, Grain
from webapp.insights.query.windows import TimeRange, to_instant


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

    @property
    def currencies(self) -> list[str]:
        """What the orders of all its windows were paid in."""
        parts = (self.rows, self.totals, self.before, self.totals_before)
        return sorted(
            {code for part in parts if part for code in part.list_currencies()}
        )


def list_measures(query: AnalyticsQuery) -> tuple[str, ...]:
    """The measures that the metrics of a query are computed from."""
    names = (part for name in query.metrics for part in METRICS[name].components)
    return tuple(dict.fromkeys(names))


def compute_figures(
    query: AnalyticsQuery,
    lines: pl.LazyFrame,
    windows: QueryWindows,
    *,
    only_currency: str | None,
) -> QueryFigures:
    """Collects all frames that the result needs; `only_currency` is what all lines were paid in, if
    it is one. Raises `ImpossibleQuery`, `BadWindow`."""
    measures = list_measures(query)
    keys = tuple(map(key_name, query.group_by))
    by_row = Aggregation(keys, measures, only_currency)
    overall = Aggregation((), measures, only_currency)
    matching = select_matching(query, lines, windows.zone)
    rows_are_total = _add_up(query, measures)
    passes = {"rows": (by_row, select_lookback(matching, windows))}
    if windows.lookback != windows.window or not rows_are_total:
        passes["totals"] = overall, select_window(matching, windows.window)
    if windows.compared is not None:
        other = select_window(matching, windows.compared)
        passes["before"] = by_row, other
        if not rows_are_total:
            passes["totals_before"] = overall, other
    parts = [aggregation.aggregate(frame) for aggregation, frame in passes.values()]
    named = {
        name: list_spellings(lines, name)
        for name in query.group_by
        if name in SPELLINGS
    }
    frames = iter(
        pl.collect_all(
            [
                select_window(lines, windows.window).select(pl.len()),
                *named.values(),
                *(frame for part in parts for frame in part.values()),
            ],
            engine="streaming",
        )
    )
    rows_read = int(next(frames).item())
    spellings = {name: next(frames) for name in named}
    found = {
        name: aggregation.combine([{frame: next(frames) for frame in part}])
        for (name, (aggregation, _)), part in zip(passes.items(), parts, strict=True)
    }
    rows, before = found["rows"], found.get("before")
    return QueryFigures(
        rows=rows,
        totals=found.get("totals", rows),
        before=before,
        totals_before=found.get("totals_before", before),
        spellings=spellings,
        rows_read=rows_read,
    )


def _add_up(query: AnalyticsQuery, measures: Sequence[str]) -> bool:
    """Whether the totals of all measures can be had from the rows: sums add up, and distinct values
    of rows are those of all; but an order is in the row of each product that it has, and a line in
    that of each of its tags."""
    if any(name in MULTIVALUED for name in query.group_by):
        return False
    has_lines = any(DIMENSIONS[name].grain is Grain.LINE for name in query.group_by)
    counts_orders = any(
        MEASURES[name].is_distinct and not MEASURES[name].spans_partitions
        for name in measures
    )
    return not (has_lines and counts_orders)


def select_matching(
    query: AnalyticsQuery, lines: pl.LazyFrame, zone: ZoneInfo
) -> pl.LazyFrame:
    """The lines of all times that pass the filters, with the keys of the rows as columns.

    Raises `ImpossibleQuery` for a value that no line has.
    """
    indexes = index_values(lines, query.filters)
    condition = build_condition(query.filters, indexes, zone)
    if query.currency is not None:
        condition &= pl.col("currency") == query.currency.value
    keys = [
        restrict_key(name, build_key(name, zone), query.filters, indexes).alias(
            key_name(name)
        )
        for name in query.group_by
    ]
    return lines.filter(condition).with_columns(keys)


def select_lookback(lines: pl.LazyFrame, windows: QueryWindows) -> pl.LazyFrame:
    """The lines of the window, and those of whole periods before it that are looked back to: what a
    period that the window cuts has before it belongs to neither."""
    selected = select_window(lines, windows.lookback)
    start, window = windows.cut_period_start, windows.window
    if start is None or windows.lookback == window:
        return selected
    at = pl.col("at")
    before = at < to_instant(start, windows.zone)
    return selected.filter(before | (at >= window.start_instant))


def select_window(lines: pl.LazyFrame, window: TimeRange) -> pl.LazyFrame:
    start, end = window.start_instant, window.end_instant
    if start is not None:
        lines = lines.filter(pl.col("at") >= start)
    return lines if end is None else lines.filter(pl.col("at") < end)
