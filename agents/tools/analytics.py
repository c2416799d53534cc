"""Analytics tools, for admins. Every result carries its receipt."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from strands import tool
from strands.types.tools import AgentTool, ToolResult

from agents.tools.context import Json, ToolContext
from agents.tools.report_views import receipt_view, table_view
from analytics import extract, reports
from analytics.reports import OrderFacts, Report
from analytics.window import Granularity, Selection
from webapp.kit.errors import Invalid

MAX_PERIODS = 400
MAX_PRODUCTS = 50
DAY = timedelta(days=1)
RANKINGS = {"revenue": "revenue_minor", "units": "units"}
NO_LIMIT = 1_000_000


class BadWindow(Invalid):
    code = "BAD_WINDOW"


class TooManyPeriods(Invalid):
    code = "TOO_MANY_PERIODS"


class AnalyticsTools:
    def __init__(self, context: ToolContext) -> None:
        self._context = context

    def list_tools(self) -> list[AgentTool]:
        return [self.order_trends, self.sales_insights, self.product_performance]

    @tool
    async def order_trends(
        self,
        granularity: Literal["day", "week", "month"] = "month",
        first_day: str | None = None,
        last_day: str | None = None,
        category: str | None = None,
    ) -> ToolResult:
        """Orders, units and revenue over time, each period against the one before.

        Args:
            granularity: Length of a period; weeks begin on Monday.
            first_day: First day of the window, YYYY-MM-DD; without it, all there is.
            last_day: Last day of the window, included, YYYY-MM-DD.
            category: Only this category of products.
        """
        grain = Granularity(granularity)

        def build(facts: OrderFacts, selection: Selection) -> Json:
            report = reports.run_order_trends(
                facts, selection=selection, granularity=grain
            )
            periods = report.tables["trend"]
            if periods.height > MAX_PERIODS:
                raise TooManyPeriods(
                    f"That would be {periods.height} periods; ask by week or by month"
                )
            return {
                "granularity": granularity,
                "periods": table_view(periods),
            } | _common_fields(report)

        return await self._report(build, first_day, last_day, category)

    @tool
    async def sales_insights(
        self,
        by: Literal["revenue", "units"] = "revenue",
        limit: int = 10,
        first_day: str | None = None,
        last_day: str | None = None,
        category: str | None = None,
    ) -> ToolResult:
        """Totals, best-selling products and categories of a window.

        Args:
            by: What products are ranked by.
            limit: How many products.
            first_day: First day of the window, YYYY-MM-DD; without it, all there is.
            last_day: Last day of the window, included, YYYY-MM-DD.
            category: Only this category of products.
        """
        count = max(1, min(limit, MAX_PRODUCTS))

        def build(facts: OrderFacts, selection: Selection) -> Json:
            report = reports.run_sales_insights(
                facts, selection=selection, top=NO_LIMIT
            )
            ranked = report.tables["top_products"].sort(
                "currency", RANKINGS[by], "product", descending=[False, True, False]
            )
            first = ranked.group_by("currency", maintain_order=True).head(count)
            return {
                "by": by,
                "limit": count,
                "topProducts": table_view(first, ranked=True),
                "categories": table_view(report.tables["categories"], ranked=True),
            } | _common_fields(report)

        return await self._report(build, first_day, last_day, category)

    @tool
    async def product_performance(
        self,
        limit: int = 5,
        first_day: str | None = None,
        last_day: str | None = None,
        category: str | None = None,
    ) -> ToolResult:
        """Products that rise or fall (later half of the window against the earlier one),
        and those that are returned most.

        Args:
            limit: How many of each.
            first_day: First day of the window, YYYY-MM-DD; without it, all there is.
            last_day: Last day of the window, included, YYYY-MM-DD.
            category: Only this category of products.
        """
        count = max(1, min(limit, MAX_PRODUCTS))

        def build(facts: OrderFacts, selection: Selection) -> Json:
            report = reports.run_product_performance(
                facts, selection=selection, top=count
            )
            return {
                "limit": count,
                "movers": table_view(report.tables["movers"]),
                "mostReturned": table_view(report.tables["most_returned"], ranked=True),
            } | _common_fields(report)

        return await self._report(build, first_day, last_day, category)

    async def _report(
        self,
        build: Callable[[OrderFacts, Selection], Json],
        first_day: str | None,
        last_day: str | None,
        category: str | None,
    ) -> ToolResult:
        def load_and_build() -> Json:
            selection = build_selection(first_day, last_day, category)
            with self._context.runtime.db.unit_of_work() as session:
                facts = extract.load_order_facts(
                    session, start=selection.start, end=selection.end
                )
            return build(facts, selection)

        return await self._context.run(load_and_build)


def build_selection(
    first_day: str | None, last_day: str | None, category: str | None
) -> Selection:
    """Raises `BadWindow`."""
    start, end = _parse_day(first_day), _parse_day(last_day)
    if start and end and end < start:
        raise BadWindow("The window ends before it begins")
    return Selection(start=start, end=end and end + DAY, category=category)


def _parse_day(day: str | None) -> datetime | None:
    """Midnight UTC at which the day begins. Raises `BadWindow`."""
    if day is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError as error:
        raise BadWindow(f"{day[:20]} is not a day; write it as YYYY-MM-DD") from error


def _common_fields(report: Report) -> Json:
    return {
        "summary": table_view(report.tables["summary"]),
        "receipt": receipt_view(report.receipt),
    }
