"""The queries of the reports that the API offers with a few parameters. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from webapp.insights.query.analytics_query import (
    AnalyticsQuery,
    DerivedColumn,
    DerivedKind,
    DimensionFilter,
    RowCondition,
    SortKey,
)
from webapp.insights.query.windows import AbsoluteWindow
from webapp.insights.schemas import (
    DaysQuery,
    OrderTrendsQuery,
    ProductSearchQuery,
    SalesInsightsQuery,
    WindowQuery,
)
from webapp.kit.weeks import WeekStart
from webapp.search_analytics.read_models import QuerySort

SEARCH_METRICS = {
    QuerySort.SEARCHES: "searches",
    QuerySort.ZERO_RESULTS: "zero_result_searches",
    QuerySort.CLICKS: "search_clicks",
    QuerySort.ADDS: "search_adds",
    QuerySort.ORDERS: "search_orders",
    QuerySort.CLICK_RATE: "search_click_rate",
    QuerySort.CONVERSION_RATE: "search_conversion_rate",
}
"""What the columns of `product-search` are as metrics."""


def build_order_trends(params: OrderTrendsQuery) -> AnalyticsQuery:
    """Orders, units and revenue by period, each against the one before."""
    return AnalyticsQuery(
        metrics=["orders", "units", "net_revenue", "average_order_value"],
        group_by=[params.granularity],
        filters=_build_filters(params),
        window=_build_window(params),
        derived=[DerivedColumn(kind=DerivedKind.CHANGE, metric="net_revenue")],
    )


def build_sales_insights(params: SalesInsightsQuery) -> AnalyticsQuery:
    """Best sellers, with their share of all revenue."""
    return AnalyticsQuery(
        metrics=["net_revenue", "units", "orders", "returned_units"],
        group_by=[params.by],
        filters=_build_filters(params),
        window=_build_window(params),
        derived=[DerivedColumn(kind=DerivedKind.SHARE, metric="net_revenue")],
        sort=[SortKey(by=params.rank_by, descending=True)],
        limit=params.limit,
    )


def build_product_search(
    params: ProductSearchQuery, *, now: datetime, zone: ZoneInfo, week_start: WeekStart
) -> AnalyticsQuery:
    """What visitors searched for, asked now, in the shop's zone."""
    conditions = [
        RowCondition(by="searches", at_least=params.min_searches),
        *([RowCondition(by="zero_result_searches", at_least=1)] * params.zero_results),
    ]
    ranked_by = SEARCH_METRICS[params.sort]
    return AnalyticsQuery(
        metrics=list(SEARCH_METRICS.values()),
        group_by=["search_query"],
        window=_build_window(params),
        having=conditions,
        sort=[
            SortKey(by=ranked_by, descending=params.order == "desc"),
            *([SortKey(by="searches", descending=True)] * (ranked_by != "searches")),
        ],
        limit=params.limit,
        time_zone=zone.key,
        week_start=week_start,
        as_of=now,
    )


def _build_window(params: DaysQuery) -> AbsoluteWindow | None:
    if params.first_day is None and params.last_day is None:
        return None
    return AbsoluteWindow(first_day=params.first_day, last_day=params.last_day)


def _build_filters(params: WindowQuery) -> list[DimensionFilter]:
    if params.category is None:
        return []
    return [DimensionFilter(dimension="category", any_of=[params.category])]
