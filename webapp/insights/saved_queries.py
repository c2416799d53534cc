"""Named queries that the API offers with a few parameters. Pure."""

from webapp.insights.query.analytics_query import (
    AnalyticsQuery,
    DerivedColumn,
    DerivedKind,
    DimensionFilter,
    SortKey,
)
from webapp.insights.query.windows import AbsoluteWindow
from webapp.insights.schemas import OrderTrendsQuery, SalesInsightsQuery, WindowQuery


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


def _build_window(params: WindowQuery) -> AbsoluteWindow | None:
    if params.first_day is None and params.last_day is None:
        return None
    return AbsoluteWindow(first_day=params.first_day, last_day=params.last_day)


def _build_filters(params: WindowQuery) -> list[DimensionFilter]:
    if params.category is None:
        return []
    return [DimensionFilter(dimension="category", any_of=[params.category])]
