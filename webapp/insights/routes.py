"""Endpoints for admins, and for programs with the scope: any figure by any dimension."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from flask import Response

from webapp.adapters.analytics.port import FileFormat
from webapp.http.access import current_caller_id
from webapp.http.api import CSV, Api, Idempotency, send_download
from webapp.http.context import reading_session, runtime
from webapp.insights import service
from webapp.insights.analyses.requests import AnalysisBody
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.named_queries import (
    build_order_trends,
    build_product_search,
    build_sales_insights,
)
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.windows import resolve_window
from webapp.insights.schemas import (
    DefinitionsView,
    ExportQuery,
    OrderTrendsQuery,
    ProductSearchQuery,
    ProductSearchView,
    SalesInsightsQuery,
)
from webapp.kit.clock import utc_now
from webapp.kit.scopes import Scope
from webapp.search_analytics import service as search_analytics

PARQUET = "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES: Mapping[FileFormat, str] = {
    FileFormat.CSV: CSV.type,
    FileFormat.PARQUET: PARQUET,
    FileFormat.XLSX: XLSX,
}
EXPORTED = replace(
    CSV, schema={"type": "string", "format": "binary"}, also=(PARQUET, XLSX)
)
api = Api("Analytics", prefix="/admin/analytics")


@api.post(
    "/query",
    access=Scope.ANALYTICS_READ,
    body=AnalyticsQuery,
    returns=AnalyticsResult,
    errors=(422, 503),
)
def answer_query(body: AnalyticsQuery) -> AnalyticsResult:
    """Compute metrics by dimensions over a window of time.

    What makes no sense is refused with what is possible instead (`IMPOSSIBLE_QUERY`). The `query`
    of a result, sent again, gives the same figures. Answers 422 to a query that needs too much
    memory (`QUERY_TOO_LARGE`), 503 where Ray is left out.
    """
    return _run_query(body)


@api.post(
    "/analyses",
    access=Scope.ANALYTICS_READ,
    body=AnalysisBody,
    returns=AnalysisResult,
    errors=(503,),
)
def answer_analysis(body: AnalysisBody) -> AnalysisResult:
    """Compute what is no single query: a change explained, anomalies, a forecast, retention,
    segments of customers, lifetime value, what is bought together, effects of prices,
    concentration, what is searched and not found.

    `analysis` says which one; the rest depends on it. `method` says how it was computed,
    `notes` what it cannot know. Too few data are refused with what is needed
    (`NOT_ENOUGH_DATA`), and groups of fewer than 5 customers are not told. Answers 503 where
    Ray is left out.
    """
    return service.run_analysis(
        runtime().analytics, body.root, caller_id=current_caller_id()
    )


@api.post(
    "/export",
    access=Scope.ANALYTICS_READ,
    body=AnalyticsQuery,
    query=ExportQuery,
    returns=EXPORTED,
    errors=(422, 503),
    idempotency=Idempotency.NONE,
)
def export_query(body: AnalyticsQuery, query: ExportQuery) -> Response:
    """Export the rows of a query's result as CSV, Parquet or a spreadsheet.

    Takes the body of `/query`, or the `query` of any result, and refuses the same; a result of more
    than 10,000 rows with 422, unless the query has a `limit`. Columns have the names of the
    result's, amounts two decimals. A spreadsheet has the receipt on its second sheet, Parquet as
    its metadata `receipt`, CSV not at all. In CSV a text that a spreadsheet would run as a formula
    begins with an apostrophe.
    """
    file = service.export_query(
        runtime().analytics, body, query.format, caller_id=current_caller_id()
    )
    return send_download(file.content, MEDIA_TYPES[query.format], file_name=file.name)


@api.get(
    "/order-trends",
    access=Scope.ANALYTICS_READ,
    query=OrderTrendsQuery,
    returns=AnalyticsResult,
    errors=(422, 503),
)
def show_order_trends(query: OrderTrendsQuery) -> AnalyticsResult:
    """Orders, units and revenue by period, with the change on the period before."""
    return _run_query(build_order_trends(query))


@api.get(
    "/sales-insights",
    access=Scope.ANALYTICS_READ,
    query=SalesInsightsQuery,
    returns=AnalyticsResult,
    errors=(422, 503),
)
def show_sales_insights(query: SalesInsightsQuery) -> AnalyticsResult:
    """The best-selling products, variants, categories or countries, with their shares."""
    return _run_query(build_sales_insights(query))


@api.get(
    "/product-search",
    access=Scope.ANALYTICS_READ,
    query=ProductSearchQuery,
    returns=ProductSearchView,
)
def show_product_search(query: ProductSearchQuery) -> ProductSearchView:
    """What is searched, found and not found: queries with their clicks, and the orders that
    followed.

    A query is equal for all its spellings. Rates are in percent of its searches; that of orders in
    percent of the searches of visitors who have consented, as of others none is known. Later pages
    of a list are no searches of their own, and clicks on them count as clicks alone. `query` is the
    same as a query, which says more of it. Needs no Ray.
    """
    settings, now = runtime().settings, utc_now()
    zone = ZoneInfo(settings.time_zone)
    asked = build_product_search(
        query, now=now, zone=zone, week_start=settings.week_start
    )
    window = resolve_window(asked.window, now=now, zone=zone)
    with reading_session() as session:
        summary = search_analytics.summarize_queries(
            session,
            first_day=query.first_day,
            last_day=query.last_day,
            zone=zone,
            order=query.to_order(),
        )
    return ProductSearchView.from_summary(summary, asked, window, as_of=now)


@api.get("/definitions", access=Scope.ANALYTICS_READ, returns=DefinitionsView)
def show_definitions() -> DefinitionsView:
    """All metrics and dimensions: what they mean, how they add up, and what goes with what."""
    return DefinitionsView.from_definitions()


def _run_query(query: AnalyticsQuery) -> AnalyticsResult:
    return service.run_query(runtime().analytics, query, caller_id=current_caller_id())
