"""A change of February explained, of given order lines."""

from typing import Any

from tests.support.order_lines import order_facts
from tests.support.sales_lines import analyze
from webapp.insights.analyses.results import AnalysisResult, ExplainChangeFindings

FEBRUARY = {"firstDay": "2026-02-01", "lastDay": "2026-02-28"}


def explain(*lines: dict[str, Any], **request: Any) -> AnalysisResult:
    return analyze(
        {"analysis": "explain_change", "window": FEBRUARY, **request},
        order_facts(*lines),
    )


def get_findings(result: AnalysisResult) -> ExplainChangeFindings:
    assert isinstance(result.findings, ExplainChangeFindings)
    return result.findings
