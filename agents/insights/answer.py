"""The data beside the insights agent's text: tables and their receipts. Pure."""

from agents.ledger import Ledger
from agents.tools.boundary import Json

SUGGESTIONS = [
    "Revenue by month",
    "Top 5 products by revenue",
    "Which products are rising?",
]


def describe(ledger: Ledger) -> Json:
    """Every report of this turn, with how it came about."""
    reports = [
        {"tool": done.tool, **done.result}
        for done in ledger.done
        if "receipt" in done.result
    ]
    return {
        "response_type": "analytics" if reports else "text",
        "analytics": {"reports": reports, "receipts": [r["receipt"] for r in reports]},
        "suggestions": SUGGESTIONS,
        "action_buttons": [],
    }
