"""Analytics tools, for admins. Every result carries its receipt."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from sqlalchemy.orm import Session

from agents.tools.report_views import build_receipt_view, build_rows
from agents.tools.tool import Tool, ToolParams, ToolServices, build_tool
from analytics import reports
from analytics.facts import database
from analytics.facts.order_facts import OrderFacts
from analytics.window import Granularity, Selection
from webapp.adapters.agents.port import Principal
from webapp.chat.reports import (
    OrderTrendsView,
    ProductPerformanceView,
    SalesInsightsView,
)
from webapp.insights.query.errors import BadWindow

MAX_PRODUCTS = 50
DAY = timedelta(days=1)
RANKINGS = {"revenue": "revenue_minor", "units": "units"}
NO_LIMIT = 1_000_000


class WindowParams(ToolParams):
    first_day: str | None = None
    """First day of the window, YYYY-MM-DD; without it, all there is."""
    last_day: str | None = None
    """Last day of the window, included, YYYY-MM-DD."""
    category: str | None = None
    """Only this category of products."""

    def build_selection(self) -> Selection:
        """Raises `BadWindow`."""
        start, end = _parse_day(self.first_day), _parse_day(self.last_day)
        return Selection(start=start, end=end and end + DAY, category=self.category)


class OrderTrendsParams(WindowParams):
    granularity: Literal["day", "week", "month"] = "month"
    """Length of a period; weeks begin on Monday."""


class SalesInsightsParams(WindowParams):
    by: Literal["revenue", "units"] = "revenue"
    """What products are ranked by."""
    limit: int = 10
    """How many products."""


class ProductPerformanceParams(WindowParams):
    limit: int = 5
    """How many of each."""


def order_trends(
    session: Session, _: Principal, params: OrderTrendsParams
) -> OrderTrendsView:
    """Orders, units and revenue over time, each period against the one before."""
    facts, selection = _load_facts(session, params)
    report = reports.run_order_trends(
        facts, selection=selection, granularity=Granularity(params.granularity)
    )
    return OrderTrendsView(
        granularity=params.granularity,
        periods=build_rows(report.tables["trend"]),
        summary=build_rows(report.tables["summary"]),
        receipt=build_receipt_view(report.receipt),
    )


def sales_insights(
    session: Session, _: Principal, params: SalesInsightsParams
) -> SalesInsightsView:
    """Totals, best-selling products and categories of a window."""
    facts, selection = _load_facts(session, params)
    report = reports.run_sales_insights(facts, selection=selection, top=NO_LIMIT)
    limit = _clamp_limit(params.limit)
    ranked = report.tables["top_products"].sort(
        "currency", RANKINGS[params.by], "product", descending=[False, True, False]
    )
    first = ranked.group_by("currency", maintain_order=True).head(limit)
    return SalesInsightsView(
        by=params.by,
        limit=limit,
        top_products=build_rows(first, ranked=True),
        categories=build_rows(report.tables["categories"], ranked=True),
        summary=build_rows(report.tables["summary"]),
        receipt=build_receipt_view(report.receipt),
    )


def product_performance(
    session: Session, _: Principal, params: ProductPerformanceParams
) -> ProductPerformanceView:
    """Products that rise or fall (later half of the window against the earlier one),
    and those that are returned most."""
    facts, selection = _load_facts(session, params)
    limit = _clamp_limit(params.limit)
    report = reports.run_product_performance(facts, selection=selection, top=limit)
    return ProductPerformanceView(
        limit=limit,
        movers=build_rows(report.tables["movers"]),
        most_returned=build_rows(report.tables["most_returned"], ranked=True),
        summary=build_rows(report.tables["summary"]),
        receipt=build_receipt_view(report.receipt),
    )


def _load_facts(session: Session, params: WindowParams) -> tuple[OrderFacts, Selection]:
    """Raises `BadWindow`."""
    selection = params.build_selection()
    facts = database.load_order_facts(session, start=selection.start, end=selection.end)
    return facts, selection


def _clamp_limit(limit: int) -> int:
    return max(1, min(limit, MAX_PRODUCTS))


def _parse_day(day: str | None) -> datetime | None:
    """Midnight UTC at which the day begins. Raises `BadWindow`."""
    if day is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError as error:
        raise BadWindow(f"{day[:20]} is not a day; write it as YYYY-MM-DD") from error


def build_tools(_: ToolServices) -> list[Tool]:
    return [
        build_tool(order_trends, OrderTrendsParams, admins_only=True),
        build_tool(sales_insights, SalesInsightsParams, admins_only=True),
        build_tool(product_performance, ProductPerformanceParams, admins_only=True),
    ]
