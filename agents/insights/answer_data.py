"""Structured data of the insights agent's answers: tables and their receipts. Pure."""

from agents.turn_trace import TurnTrace
from webapp.chat.answers import AnalyticsAnswer, AnalyticsView, TextAnswer
from webapp.chat.reports import ReportView

SUGGESTIONS = [
    "Revenue by month",
    "Top 5 products by revenue",
    "Which products are rising?",
]


def build_answer_data(trace: TurnTrace) -> AnalyticsAnswer | TextAnswer:
    """Every report of this turn, with its receipt."""
    reports = [
        record.view for record in trace.results if isinstance(record.view, ReportView)
    ]
    answer = AnalyticsAnswer if reports else TextAnswer
    return answer(
        analytics=AnalyticsView(
            reports=reports, receipts=[report.receipt for report in reports]
        ),
        suggestions=SUGGESTIONS,
        tools_used=trace.tools_used,
    )
