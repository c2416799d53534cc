"""What all analyses read: the lines that a request is about, its window, and its currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

import polars as pl

from analytics.facts.family_facts import FactRequest
from analytics.facts.order_facts import OrderFacts
from analytics.facts.search_records import SearchReader, SearchRecords
from analytics.facts.stock_facts import StockFacts, StockReader
from analytics.semantic.aggregation import Aggregated, Aggregation
from analytics.semantic.customer_segments import add_segments
from analytics.semantic.extent import Extent, read_extent
from analytics.semantic.figures import select_window
from analytics.semantic.filters import ValueIndex, build_condition, index_values
from analytics.semantic.labels import RowLabels
from analytics.semantic.measures import MEASURES
from analytics.semantic.spellings import read_spellings
from analytics.semantic.steps import run_in_process
from webapp.insights.query.analytics_query import QueryScope
from webapp.insights.query.windows import TimeRange, resolve_now, resolve_window
from webapp.kit.time_zones import parse_zone
from webapp.kit.weeks import WeekStart

Pass = tuple[Sequence[str], str, pl.LazyFrame]
"""Keys, a measure, and the facts that it is computed from."""


def refuse_searches(_: FactRequest) -> SearchRecords:
    """For analyses of orders alone."""
    raise LookupError("this analysis reads no searches")


def refuse_stock(_: FactRequest) -> StockFacts:
    """For analyses of orders alone."""
    raise LookupError("this analysis reads no stock")


@dataclass(frozen=True)
class LineCounts:
    """How many lines an analysis read, and what their orders were paid in."""

    rows_read: int
    rows_counted: int
    currencies: list[str]
    without_rate: list[str]
    """Currencies of orders that store no rate to the shop's."""

    def add(self, other: "LineCounts") -> "LineCounts":
        return LineCounts(
            self.rows_read + other.rows_read,
            self.rows_counted + other.rows_counted,
            sorted({*self.currencies, *other.currencies}),
            sorted({*self.without_rate, *other.without_rate}),
        )


@dataclass(frozen=True)
class AnalysisContext:
    request: QueryScope
    facts: OrderFacts
    zone: ZoneInfo
    now: datetime
    extent: Extent
    home_currency: str
    read_searches: SearchReader
    """Reads searches, for the analysis that is of them."""
    read_stock: StockReader
    """Reads stock, for the analysis that is of it."""

    @classmethod
    def from_facts(
        cls,
        request: QueryScope,
        facts: OrderFacts,
        *,
        home_currency: str,
        zone: ZoneInfo,
        read_searches: SearchReader = refuse_searches,
        read_stock: StockReader = refuse_stock,
    ) -> Self:
        """Raises `ImpossibleQuery`."""
        now = resolve_now(request.as_of, facts.as_of)
        return cls(
            request=request,
            facts=add_segments(facts, request, now, run_in_process),
            zone=parse_zone(request.time_zone) if request.time_zone else zone,
            now=now,
            extent=read_extent(facts, now, run_in_process),
            home_currency=home_currency,
            read_searches=read_searches,
            read_stock=read_stock,
        )

    @property
    def first(self) -> datetime:
        """The time of the first line; now, if there is none."""
        return self.extent.first or self.now

    @cached_property
    def known_lines(self) -> pl.LazyFrame:
        """All lines up to now."""
        return self.facts.scan().filter(pl.col("at") <= self.now)

    @cached_property
    def window(self) -> TimeRange:
        """Raises `BadWindow`."""
        return resolve_window(
            self.request.window,
            now=self.now,
            zone=self.zone,
            week_start=self.week_start,
        )

    @property
    def week_start(self) -> WeekStart:
        return self.request.first_weekday

    @cached_property
    def matching(self) -> pl.LazyFrame:
        """Lines of all times that pass the filters. Raises `ImpossibleQuery`."""
        filters, currency = self.request.filters, self.request.currency
        spellings = self._read_spellings([each.dimension for each in filters])
        values = index_values(filters, spellings)
        condition = build_condition(filters, values, self.zone)
        if currency is not None:
            condition &= pl.col("currency") == currency.value
        return self.known_lines.filter(condition)

    @property
    def only_currency(self) -> str | None:
        """What all orders were paid in, if it is one currency."""
        return self.request.currency or self.extent.only_currency

    def count_lines(
        self, lines: pl.LazyFrame, window: TimeRange, *, counted: pl.Expr
    ) -> LineCounts:
        """Of lines that an analysis is computed from; `counted` are those that it counts."""
        read, used = pl.collect_all(
            [
                select_window(self.known_lines, window).select(pl.len()),
                lines.filter(counted)
                .group_by("currency")
                .agg(
                    pl.len(),
                    pl.col("home_amount_minor").is_null().any().alias("no_rate"),
                )
                .sort("currency"),
            ],
            engine="streaming",
        )
        return LineCounts(
            rows_read=int(read.item()),
            rows_counted=int(used["len"].sum()),
            currencies=used["currency"].to_list(),
            without_rate=used.filter(pl.col("no_rate"))["currency"].to_list(),
        )

    def aggregate(self, passes: Iterable[Pass]) -> list[Aggregated]:
        """As `aggregate_passes`, of order lines."""
        return aggregate_passes(passes, self.only_currency)

    def find_keys(self, dimension: str, value: str) -> list[str]:
        """The keys of a value by any of its names; where none is called so, of those that have it
        in their names. Raises `ImpossibleQuery` where there is none, with those that resemble
        it."""
        spellings = self._read_spellings([dimension])
        index = ValueIndex(dimension, spellings.get(dimension))
        return sorted(index.find_keys(value, or_containing=True))

    def read_labels(self, dimensions: Sequence[str]) -> RowLabels:
        """What the keys of dimensions are called."""
        return RowLabels(dimensions, self._read_spellings(dimensions), self.zone)

    def _read_spellings(self, dimensions: Sequence[str]) -> Mapping[str, pl.DataFrame]:
        return read_spellings(dimensions, self.facts, self.now, run_in_process)


def aggregate_passes(
    passes: Iterable[Pass], only_currency: str | None
) -> list[Aggregated]:
    """A measure by keys, for each pass, all of them collected at once; `only_currency` is what all
    facts are in, if that is one."""
    chosen = [
        (Aggregation(tuple(keys), (measure,), only_currency), facts)
        for keys, measure, facts in passes
    ]
    parts = [aggregation.aggregate(facts) for aggregation, facts in chosen]
    frames = iter(
        pl.collect_all(
            [frame for part in parts for frame in part.values()], engine="streaming"
        )
    )
    return [
        aggregation.combine([{name: next(frames) for name in part}])
        for (aggregation, _), part in zip(chosen, parts, strict=True)
    ]


@dataclass(frozen=True)
class CurrencyChoice:
    """The currency in which an analysis tells its amounts."""

    counts: LineCounts
    home_currency: str

    @property
    def is_mixed(self) -> bool:
        return len(self.counts.currencies) > 1

    @property
    def code(self) -> str:
        only = self.counts.currencies
        return only[0] if len(only) == 1 else self.home_currency

    @property
    def column(self) -> str:
        """Of the lines, in minor units; null for those without a rate."""
        return "home_amount_minor" if self.is_mixed else "amount_minor"


def is_money(metric: str) -> bool:
    return MEASURES[metric].is_money
