"""Structured data of the insights agent's answers: results with their receipts. Pure."""

from agents.insights.suggestions import suggest_next
from agents.turn_trace import TurnTrace
from webapp.chat.answers import AnalyticsAnswer, AnalyticsView, TextAnswer
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.results import AnalyticsResult


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
    shown = [
        record.view
        for record in trace.results
        if isinstance(record.view, AnalyticsResult | AnalysisResult)
    ]
    answer = AnalyticsAnswer if shown else TextAnswer
    return answer(
        analytics=AnalyticsView(results=results, analyses=analyses),
        suggestions=suggest_next(shown[-1] if shown else None),
        tools_used=trace.tools_used,
    )
