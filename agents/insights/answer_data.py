"""Structured data of the insights agent's answers: tables and their receipts. Pure."""

from agents.tools.context import Json
from agents.turn_trace import TurnTrace

SUGGESTIONS = [
    "Revenue by month",
    "Top 5 products by revenue",
    "Which products are rising?",
]


def build_answer_data(trace: TurnTrace) -> Json:
    """Every report of this turn, with its receipt."""
    reports = [
        {"tool": record.tool, **record.result}
        for record in trace.results
        if "receipt" in record.result
    ]
    return {
        "response_type": "analytics" if reports else "text",
        "analytics": {"reports": reports, "receipts": [r["receipt"] for r in reports]},
        "suggestions": SUGGESTIONS,
        "action_buttons": [],
    }
