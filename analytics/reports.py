"""Named reports. Each aggregates the partitions first, then combines the partial results.

    with runtime.db.unit_of_work() as session:
        facts = database.load_order_facts(session)
    report = run_order_trends(facts, selection=Selection(), granularity=Granularity.MONTH)

Amounts of different currencies are never added: every table has a column `currency`, which
is the currency of the row's amounts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

import polars as pl

from analytics import products, sales, trends
from analytics.facts.order_facts import OrderFacts
from analytics.facts.revenue import REVENUE_DEFINITION, filter_revenue_lines
from analytics.window import Granularity, Selection

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Receipt:
    """Provenance of a report's figures."""

    metric: str
    query: str
    window_start: datetime | None
    window_end: datetime | None
    """Not included. An open window begins with the first line counted, and ends just after the
    last one."""
    time_zone: str
    rows_read: int
    """Lines in the window, including those that do not count as revenue."""
    rows_counted: int
    as_of: datetime
    currencies: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Report:
    name: str
    tables: Tables
    receipt: Receipt

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.tables[table].to_dicts()


class ReportSpec(Protocol):
    """A report in two steps. Instances are sent to other machines: plain values only."""

    @property
    def selection(self) -> Selection: ...

    @property
    def name(self) -> str: ...

    def aggregate(self, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        """Aggregate one partition; `lines` are only those that count as revenue."""
        ...

    def combine(self, parts: Mapping[str, Sequence[pl.DataFrame]]) -> Tables: ...


@dataclass(frozen=True)
class PartialResult:
    """Result of one partition, with the number of lines read for it."""

    frames: dict[str, pl.DataFrame]
    rows_read: int
    rows_counted: int
    first: datetime | None
    last: datetime | None


def aggregate_partition(spec: ReportSpec, lines: pl.LazyFrame) -> PartialResult:
    """Run the first step of a report on one partition."""
    selected = spec.selection.filter_lines(lines)
    revenue_lines = filter_revenue_lines(selected)
    aggregates = spec.aggregate(revenue_lines)
    read = selected.select(pl.len())
    extent = revenue_lines.select(
        rows=pl.len(), first=pl.col("at").min(), last=pl.col("at").max()
    )
    # One pass: what the frames have in common is scanned only once.
    frames = pl.collect_all([read, extent, *aggregates.values()], engine="streaming")
    [(rows_read,)], [(rows, first, last)] = frames[0].rows(), frames[1].rows()
    tables = dict(zip(aggregates, frames[2:], strict=True))
    return PartialResult(tables, rows_read, rows, first, last)


def combine_partials(
    spec: ReportSpec,
    partials: Sequence[PartialResult],
    *,
    as_of: datetime,
    source: str,
) -> Report:
    """Run the second step of a report on the results of all partitions."""
    parts = {
        name: [partial.frames[name] for partial in partials]
        for name in partials[0].frames
    }
    tables = spec.combine(parts)
    selection = spec.selection
    last = max(_drop_none(p.last for p in partials), default=None)
    receipt = Receipt(
        metric=REVENUE_DEFINITION,
        query=f"{spec.name}: {selection.describe()}",
        window_start=selection.start
        or min(_drop_none(p.first for p in partials), default=None),
        window_end=selection.end or (last and last + timedelta(microseconds=1)),
        time_zone=selection.time_zone,
        rows_read=sum(partial.rows_read for partial in partials),
        rows_counted=sum(partial.rows_counted for partial in partials),
        as_of=as_of,
        currencies=tuple(tables["summary"]["currency"]),
        source=source,
    )
    return Report(spec.name, tables, receipt)


def _drop_none(timestamps: Iterable[datetime | None]) -> Iterator[datetime]:
    return (timestamp for timestamp in timestamps if timestamp is not None)


@dataclass(frozen=True)
class OrderTrends:
    """Tables `trend` (a row per currency and period) and `summary` (a row per currency)."""

    selection: Selection
    granularity: Granularity
    as_of: datetime
    name: ClassVar[str] = "order_trends"

    def aggregate(self, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        zone = self.selection.time_zone
        return {
            "trend": trends.aggregate_by_period(
                lines, granularity=self.granularity, time_zone=zone
            ),
            "totals": sales.aggregate_totals(lines),
            "buyers": sales.distinct_customers(lines),
        }

    def combine(self, parts: Mapping[str, Sequence[pl.DataFrame]]) -> Tables:
        trend = trends.with_growth(
            trends.sum_periods(parts["trend"]),
            granularity=self.granularity,
            selection=self.selection,
            as_of=self.as_of,
        )
        return {
            "trend": trend,
            "summary": sales.summarize_sales(parts["totals"], parts["buyers"]),
        }


@dataclass(frozen=True)
class SalesInsights:
    """Tables `summary`, `top_products` (by revenue) and `categories`."""

    selection: Selection
    top: int
    name: ClassVar[str] = "sales_insights"

    def aggregate(self, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        return {
            "totals": sales.aggregate_totals(lines),
            "buyers": sales.distinct_customers(lines),
            "products": sales.aggregate_by_product(lines),
            "categories": sales.aggregate_by_category(lines),
        }

    def combine(self, parts: Mapping[str, Sequence[pl.DataFrame]]) -> Tables:
        ranked = sales.rank_products(parts["products"])
        return {
            "summary": sales.summarize_sales(parts["totals"], parts["buyers"]),
            "top_products": sales.top_per_currency(ranked, self.top),
            "categories": sales.rank_categories(parts["categories"]),
        }


@dataclass(frozen=True)
class ProductPerformance:
    """Tables `summary`, `movers` (later half of the window against the earlier one) and
    `most_returned`."""

    selection: Selection
    middle: datetime
    top: int
    name: ClassVar[str] = "product_performance"

    def aggregate(self, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        return {
            "totals": sales.aggregate_totals(lines),
            "buyers": sales.distinct_customers(lines),
            "halves": products.aggregate_by_half(lines, middle=self.middle),
            "products": sales.aggregate_by_product(lines),
        }

    def combine(self, parts: Mapping[str, Sequence[pl.DataFrame]]) -> Tables:
        return {
            "summary": sales.summarize_sales(parts["totals"], parts["buyers"]),
            "movers": products.rank_movers(parts["halves"], self.top),
            "most_returned": products.rank_most_returned(parts["products"], self.top),
        }


def run_order_trends(
    facts: OrderFacts, *, selection: Selection, granularity: Granularity
) -> Report:
    """Orders and revenue by day, week or month, with growth. Raises `TooManyPeriods`."""
    return run_report(OrderTrends(selection, granularity, facts.as_of), facts)


def run_sales_insights(
    facts: OrderFacts, *, selection: Selection, top: int = 10
) -> Report:
    """Totals, average order value, best sellers and categories with their shares."""
    return run_report(SalesInsights(selection, top), facts)


def run_product_performance(
    facts: OrderFacts, *, selection: Selection, top: int = 10
) -> Report:
    """Products that rise and fall within the window, and those returned most."""
    [(first, last)] = (
        facts.lines.select(pl.col("at").min(), pl.col("at").max().alias("last"))
        .collect()
        .rows()
    )
    start = selection.start or first or facts.as_of
    end = selection.end or last or facts.as_of
    middle = start + (end - start) / 2
    return run_report(ProductPerformance(selection, middle, top), facts)


def run_report(spec: ReportSpec, facts: OrderFacts) -> Report:
    """Run a report in this process, over one partition."""
    partials = [aggregate_partition(spec, facts.lines)]
    return combine_partials(spec, partials, as_of=facts.as_of, source=facts.source)
