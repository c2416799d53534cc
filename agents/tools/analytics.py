"""The shop's figures, for admins. Every answer carries its receipt."""

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
EVERYTHING = 1_000_000


class BadWindow(Invalid):
    code = "BAD_WINDOW"


class TooManyPeriods(Invalid):
    code = "TOO_MANY_PERIODS"


class AnalyticsTools:
    def __init__(self, desk: ToolContext) -> None:
        self._desk = desk

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

        def report(facts: OrderFacts, selection: Selection) -> Json:
            made = reports.run_order_trends(
                facts, selection=selection, granularity=grain
            )
            periods = made.tables["trend"]
            if periods.height > MAX_PERIODS:
                raise TooManyPeriods(
                    f"That would be {periods.height} periods; ask by week or by month"
                )
            return {
                "granularity": granularity,
                "periods": table_view(periods),
            } | _common(made)

        return await self._report(report, first_day, last_day, category)

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

        def report(facts: OrderFacts, selection: Selection) -> Json:
            made = reports.run_sales_insights(
                facts, selection=selection, top=EVERYTHING
            )
            ranked = made.tables["top_products"].sort(
                "currency", RANKINGS[by], "product", descending=[False, True, False]
            )
            first = ranked.group_by("currency", maintain_order=True).head(count)
            return {
                "by": by,
                "limit": count,
                "topProducts": table_view(first, ranked=True),
                "categories": table_view(made.tables["categories"], ranked=True),
            } | _common(made)

        return await self._report(report, first_day, last_day, category)

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

        def report(facts: OrderFacts, selection: Selection) -> Json:
            made = reports.run_product_performance(
                facts, selection=selection, top=count
            )
            return {
                "limit": count,
                "movers": table_view(made.tables["movers"]),
                "mostReturned": table_view(made.tables["most_returned"], ranked=True),
            } | _common(made)

        return await self._report(report, first_day, last_day, category)

    async def _report(
        self,
        report: Callable[[OrderFacts, Selection], Json],
        first_day: str | None,
        last_day: str | None,
        category: str | None,
    ) -> ToolResult:
        def work() -> Json:
            selection = selected(first_day, last_day, category)
            with self._desk.runtime.db.unit_of_work() as session:
                facts = extract.load_order_facts(
                    session, start=selection.start, end=selection.end
                )
            return report(facts, selection)

        return await self._desk.run(work)


def selected(
    first_day: str | None, last_day: str | None, category: str | None
) -> Selection:
    """Raises `BadWindow`."""
    start, end = _midnight(first_day), _midnight(last_day)
    if start and end and end < start:
        raise BadWindow("The window ends before it begins")
    return Selection(start=start, end=end and end + DAY, category=category)


def _midnight(day: str | None) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except ValueError as problem:
        raise BadWindow(f"{day[:20]} is not a day; write it as YYYY-MM-DD") from problem


def _common(report: Report) -> Json:
    return {
        "summary": table_view(report.tables["summary"]),
        "receipt": receipt_view(report.receipt),
    }
