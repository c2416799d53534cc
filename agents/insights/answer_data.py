"""The data beside the insights agent's text: tables and their receipts. Pure."""

from agents.tools.context import Json
from agents.turn_trace import TurnTrace

SUGGESTIONS = [
    "Revenue by month",
    "Top 5 products by revenue",
    "Which products are rising?",
]


def build_answer_data(ledger: TurnTrace) -> Json:
    """Every report of this turn, with how it came about."""
    reports = [
        {"tool": done.tool, **done.result}
        for done in ledger.results
        if "receipt" in done.result
    ]
    return {
        "response_type": "analytics" if reports else "text",
        "analytics": {"reports": reports, "receipts": [r["receipt"] for r in reports]},
        "suggestions": SUGGESTIONS,
        "action_buttons": [],
    }
