"""Reports of the insights agent as JSON. Amounts are in major units; every row has a currency."""

from typing import Literal

from pydantic import ConfigDict

from webapp.kit.json import ResponseBody, require_in_schema

ReportRow = dict[str, str | int | float | bool | None]
"""A row of a table: camelCase column → value."""


class ReceiptView(ResponseBody):
    """Provenance of a report's figures."""

    metric: str
    query: str
    window_start: str | None
    """ISO 8601, as the other times."""
    window_end: str | None
    first_day: str | None
    last_day: str | None
    """The last day of the window, included."""
    time_zone: str
    rows_read: int
    """Order lines in the window, including those that do not count as revenue."""
    rows_counted: int
    as_of: str
    currencies: list[str]
    source: str


class ReportView(ResponseBody):
    model_config = ConfigDict(json_schema_extra=require_in_schema("tool"))

    summary: list[ReportRow]
    """The totals of each currency."""
    receipt: ReceiptView


class OrderTrendsView(ReportView):
    tool: Literal["order_trends"] = "order_trends"
    granularity: Literal["day", "week", "month"]
    periods: list[ReportRow]


class SalesInsightsView(ReportView):
    tool: Literal["sales_insights"] = "sales_insights"
    by: Literal["revenue", "units"]
    """What products are ranked by."""
    limit: int
    top_products: list[ReportRow]
    categories: list[ReportRow]


class ProductPerformanceView(ReportView):
    tool: Literal["product_performance"] = "product_performance"
    limit: int
    movers: list[ReportRow]
    """Products whose revenue rises or falls."""
    most_returned: list[ReportRow]
