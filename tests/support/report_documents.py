"""Documents of reports, of results that were computed from lines of a test."""

from typing import Any
from zoneinfo import ZoneInfo

from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.reports.document import ReportDocument, ReportSection

HOSTILE_NAMES = (
    "<script>alert('1')</script>",
    '"><img src=x onerror=alert(1)>',
    "#eval(\"1\") *bold* $x$ \\ {{ 7 * 7 }}",
    "=HYPERLINK(\"http://x\")",
    "one\ntwo\r\nthree",
    "abc\u202eevil\u202c\u2067x",
    "x" * 200,
    "&amp; &lt;b&gt;",
    "'quoted'",
    "Ελληνικά Кириллица",
    "茶壶 やかん 주전자",
)  # fmt: skip
"""Of goods, as somebody may have called them."""


def compute_result(*lines: Any, **query: Any) -> AnalyticsResult:
    asked = AnalyticsQuery.model_validate({"metrics": ["net_revenue"], **query})
    return run_query(
        asked, order_facts(*lines), home_currency="USD", zone=ZoneInfo("UTC")
    )


def build_document(*sections: ReportSection, **changes: Any) -> ReportDocument:
    return ReportDocument.example(sections=list(sections), **changes)


def show_result(result: AnalyticsResult, heading: str = "Sales") -> ReportSection:
    return ReportSection(heading=heading, result=result)
