from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from webapp.adapters.analytics.port import FileFormat
from webapp.insights.query.analytics_query import AnalyticsQuery, FilterValue
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    Additivity,
    Dimension,
    DimensionKind,
    Metric,
    Unit,
    list_dimensions_of,
)
from webapp.insights.query.periods import Period
from webapp.insights.query.receipts import build_receipt
from webapp.insights.query.results import AnalyticsReceipt
from webapp.insights.query.windows import Day, TimeRange
from webapp.kit.json import WHOLE_NUMBER, RequestBody, ResponseBody
from webapp.search_analytics.read_models import (
    QueryCounts,
    QueryOrder,
    QuerySort,
    QuerySummary,
)


class DaysQuery(RequestBody):
    first_day: Day | None = None
    last_day: Day | None = None
    """Included; without either, everything that was recorded."""

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            msg = "lastDay is before firstDay"
            raise ValueError(msg)
        return self


class WindowQuery(DaysQuery):
    category: FilterValue | None = None


class ExportQuery(RequestBody):
    format: FileFormat = FileFormat.CSV


class OrderTrendsQuery(WindowQuery):
    granularity: Period = Period.MONTH


class SalesInsightsQuery(WindowQuery):
    by: Literal["product", "variant", "category", "country"] = "product"
    rank_by: Literal["net_revenue", "units", "orders", "returned_units"] = "net_revenue"
    limit: Annotated[int, Field(ge=1, le=1000)] = 10


class ProductSearchQuery(DaysQuery):
    sort: QuerySort = QuerySort.SEARCHES
    order: Literal["asc", "desc"] = "desc"
    min_searches: Annotated[int, Field(ge=0, le=1_000_000_000), WHOLE_NUMBER] = 1
    """Queries that were searched less often are left out: their rates say little."""
    zero_results: bool = False
    """Only queries that found nothing, at least once."""
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE_NUMBER] = 20

    def to_order(self) -> QueryOrder:
        return QueryOrder(
            sort=self.sort,
            ascending=self.order == "asc",
            min_searches=self.min_searches,
            only_zero_results=self.zero_results,
            limit=self.limit,
        )


class SearchCountsView(ResponseBody):
    example_values = {
        "searches": 40,
        "zero_results": 2,
        "clicks": 31,
        "adds": 9,
        "orders": 4,
        "click_rate": 62.5,
        "conversion_rate": 13.33,
    }

    searches: int
    zero_results: int
    """Searches that found nothing."""
    clicks: int
    """Products clicked, each once a search."""
    adds: int
    """Products put into the cart, each once a search."""
    orders: int
    """Orders that followed within seven days, and have what was clicked or put into the cart."""
    click_rate: float | None
    """Searches with a click, in percent; null without searches."""
    conversion_rate: float | None
    """Searches with an order, in percent of those of visitors who have consented; null without."""

    @classmethod
    def from_counts(cls, counts: QueryCounts, **extra: Any) -> Self:
        return cls(
            searches=counts.searches,
            zero_results=counts.zero_results,
            clicks=counts.clicks,
            adds=counts.adds,
            orders=counts.orders,
            click_rate=_compute_percent(counts.clicked, counts.searches),
            conversion_rate=_compute_percent(counts.ordered, counts.known_visitors),
            **extra,
        )


def _compute_percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None


class QueryCountsView(SearchCountsView):
    example_values = {"query": "linen apron"}

    query: str
    """In lower case; empty for a list without a text."""


class ProductSearchView(ResponseBody):
    example_values = {
        "row_count": 1,
        "totals": SearchCountsView.example(),
        "window_totals": SearchCountsView.example(),
        "query": AnalyticsQuery(metrics=["searches"], group_by=["search_query"]),
        "recorded_since": "2026-03-01",
        "time_zone": "UTC",
    }

    items: list[QueryCountsView]
    row_count: int
    """Before the limit."""
    totals: SearchCountsView | None
    """Of all queries that were asked for, with `minSearches` and `zeroResults`, those beyond the
    limit included; null where nothing was recorded until the end of the window."""
    window_totals: SearchCountsView | None
    """Of all searches of the window, whatever was asked for."""
    recorded_since: date | None
    """The first day of which searches are recorded: what was before is not known."""
    time_zone: str
    """In which days begin."""
    query: AnalyticsQuery
    """What was asked, as it was understood: for `POST /admin/analytics/query`, whose totals are
    those of the window."""
    receipt: AnalyticsReceipt
    """Its rows are searches: those of the window, and those of the queries that were asked for."""

    @classmethod
    def from_summary(
        cls,
        summary: QuerySummary,
        query: AnalyticsQuery,
        window: TimeRange,
        *,
        as_of: datetime,
    ) -> Self:
        wanted, total = summary.wanted, summary.total
        return cls(
            items=[
                QueryCountsView.from_counts(counts, query=counts.query)
                for counts in summary.queries
            ],
            row_count=0 if wanted is None else wanted.number,
            totals=wanted and SearchCountsView.from_counts(wanted.total),
            window_totals=total and SearchCountsView.from_counts(total),
            recorded_since=summary.recorded_since,
            time_zone=window.zone.key,
            query=query,
            receipt=build_receipt(
                query.metrics,
                window,
                week_start=query.first_weekday,
                as_of=as_of,
                rows_read=0 if total is None else total.searches,
                rows_counted=0 if wanted is None else wanted.total.searches,
                currencies=[],
                source="database",
            ),
        )


class MetricView(ResponseBody):
    name: str
    label: str
    synonyms: list[str]
    definition: str
    unit: Unit
    additivity: Additivity
    dimensions: list[str]
    """Those that it can be grouped and filtered by."""

    @classmethod
    def from_metric(cls, metric: Metric) -> Self:
        return cls(
            name=metric.name,
            label=metric.label,
            synonyms=list(metric.synonyms),
            definition=metric.definition,
            unit=metric.unit,
            additivity=metric.additivity,
            dimensions=list_dimensions_of(metric),
        )


class DimensionView(ResponseBody):
    name: str
    label: str
    synonyms: list[str]
    definition: str
    kind: DimensionKind
    values: list[str]
    """All that there are, where the shop decides it; else empty, as it is what the orders have."""

    @classmethod
    def from_dimension(cls, dimension: Dimension) -> Self:
        return cls(
            name=dimension.name,
            label=dimension.label,
            synonyms=list(dimension.synonyms),
            definition=dimension.definition,
            kind=dimension.kind,
            values=list(dimension.values),
        )


class DefinitionsView(ResponseBody):
    metrics: list[MetricView]
    dimensions: list[DimensionView]

    @classmethod
    def from_definitions(cls) -> Self:
        return cls(
            metrics=[MetricView.from_metric(each) for each in METRICS.values()],
            dimensions=[
                DimensionView.from_dimension(each) for each in DIMENSIONS.values()
            ],
        )


MetricView.example_values = vars(MetricView.from_metric(METRICS["net_revenue"]))
DimensionView.example_values = vars(
    DimensionView.from_dimension(DIMENSIONS["category"])
)
