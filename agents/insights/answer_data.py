"""Structured data of the insights agent's answers: results with their receipts. Pure."""

from agents.turn_trace import TurnTrace
from webapp.chat.answers import AnalyticsAnswer, AnalyticsView, TextAnswer
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.results import AnalyticsResult

SUGGESTIONS = [
    "Net revenue by month this year",
    "Top 5 products by revenue last month",
    "Which category grew most last month?",
]
FOLLOW_UPS = ["And by country?", "Compared with the same time last year?", "Top 5 only"]


def build_answer_data(trace: TurnTrace) -> AnalyticsAnswer | TextAnswer:
    """Every result and every analysis of this turn."""
    results = [
        record.view
        for record in trace.results
        if isinstance(record.view, AnalyticsResult)
    ]
    analyses = [
        record.view
        for record in trace.results
        if isinstance(record.view, AnalysisResult)
    ]
    has_figures = bool(results or analyses)
    answer = AnalyticsAnswer if has_figures else TextAnswer
    return answer(
        analytics=AnalyticsView(results=results, analyses=analyses),
        suggestions=FOLLOW_UPS if has_figures else SUGGESTIONS,
        tools_used=trace.tools_used,
    )
