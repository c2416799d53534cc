"""Named reports. Each is a question that is put to partitions, then to their answers.

    with runtime.db.unit_of_work() as session:
        facts = extract.from_database(session, selection)
    report = order_trends(facts, selection=selection, grain=Grain.MONTH)

Several currencies are never added up: every table has a column `currency`, and a figure
belongs to the row's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

import polars as pl

from analytics import products, sales, trends
from analytics.revenue import REVENUE_DEFINITION, filter_revenue_lines
from analytics.window import Granularity, Selection

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class OrderFacts:
    """Order lines (`schemas.ORDER_LINES`), where they were read and what moment they show."""

    lines: pl.LazyFrame
    as_of: datetime
    source: str


@dataclass(frozen=True)
class Receipt:
    """How a report came about, for whoever doubts a number."""

    metric: str
    query: str
    window_start: datetime | None
    window_end: datetime | None
    """First and last moment of the lines counted when the window was open."""
    time_zone: str
    rows_read: int
    """Lines of the window, those that do not count included."""
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
    """A report in two steps. Instances cross to other machines: plain values only."""

    @property
    def selection(self) -> Selection: ...

    @property
    def name(self) -> str: ...

    def aggregate(self, lines: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
        """Of one partition, only lines that count."""
        ...

    def combine(self, parts: Mapping[str, Sequence[pl.DataFrame]]) -> Tables: ...


@dataclass(frozen=True)
class PartialResult:
    """What one partition says, and how much of it was read for that."""

    frames: dict[str, pl.DataFrame]
    rows_read: int
    rows_counted: int
    first: datetime | None
    last: datetime | None


def aggregate_partition(question: ReportSpec, lines: pl.LazyFrame) -> PartialResult:
    """Put a question to one partition."""
    selected = question.selection.filter_lines(lines)
    lines_that_count = filter_revenue_lines(selected)
    asked = question.aggregate(lines_that_count)
    read = selected.select(pl.len())
    extent = lines_that_count.select(
        rows=pl.len(), first=pl.col("at").min(), last=pl.col("at").max()
    )
    # One pass: what the frames have in common is scanned once.
    frames = pl.collect_all([read, extent, *asked.values()], engine="streaming")
    [(rows_read,)], [(rows, first, last)] = frames[0].rows(), frames[1].rows()
    tables = dict(zip(asked, frames[2:], strict=True))
    return PartialResult(tables, rows_read, rows, first, last)


def combine_partials(
    question: ReportSpec,
    answers: Sequence[PartialResult],
    *,
    as_of: datetime,
    source: str,
) -> Report:
    """Put the answers of all partitions together."""
    parts = {name: [a.frames[name] for a in answers] for name in answers[0].frames}
    tables = question.combine(parts)
    selection = question.selection
    receipt = Receipt(
        metric=REVENUE_DEFINITION,
        query=f"{question.name}: {selection.describe()}",
        window_start=selection.start
        or min(_known(a.first for a in answers), default=None),
        window_end=selection.end or max(_known(a.last for a in answers), default=None),
        time_zone=selection.time_zone,
        rows_read=sum(answer.rows_read for answer in answers),
        rows_counted=sum(answer.rows_counted for answer in answers),
        as_of=as_of,
        currencies=tuple(tables["summary"]["currency"]),
        source=source,
    )
    return Report(question.name, tables, receipt)


def _known(moments: Iterable[datetime | None]) -> Iterator[datetime]:
    return (moment for moment in moments if moment is not None)


@dataclass(frozen=True)
class OrderTrends:
    """Tables `trend` (a row a currency and period) and `summary` (a row a currency)."""

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
            "summary": sales.summarize(parts["totals"], parts["buyers"]),
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
            "summary": sales.summarize(parts["totals"], parts["buyers"]),
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
            "summary": sales.summarize(parts["totals"], parts["buyers"]),
            "movers": products.rank_movers(parts["halves"], self.top),
            "most_returned": products.rank_most_returned(parts["products"], self.top),
        }


def run_order_trends(
    facts: OrderFacts, *, selection: Selection, granularity: Granularity
) -> Report:
    """Orders and revenue by day, week or month, with growth."""
    return run_report(OrderTrends(selection, granularity, facts.as_of), facts)


def run_sales_insights(
    facts: OrderFacts, *, selection: Selection, top: int = 10
) -> Report:
    """Totals, average order, best sellers and categories with their shares."""
    return run_report(SalesInsights(selection, top), facts)


def run_product_performance(
    facts: OrderFacts, *, selection: Selection, top: int = 10
) -> Report:
    """Products that rise and fall within the window, and those that come back most."""
    [(first, last)] = (
        facts.lines.select(pl.col("at").min(), pl.col("at").max().alias("last"))
        .collect()
        .rows()
    )
    start = selection.start or first or facts.as_of
    end = selection.end or last or facts.as_of
    middle = start + (end - start) / 2
    return run_report(ProductPerformance(selection, middle, top), facts)


def run_report(question: ReportSpec, facts: OrderFacts) -> Report:
    """One process, one partition."""
    answers = [aggregate_partition(question, facts.lines)]
    return combine_partials(question, answers, as_of=facts.as_of, source=facts.source)
