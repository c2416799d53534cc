from agents.insights.answer_data import build_answer_data
from agents.turn_trace import TurnTrace
from webapp.chat.answers import AnalyticsAnswer, TextAnswer
from webapp.chat.reports import ProductPerformanceView, ReceiptView, SalesInsightsView
from webapp.kit.json import ResponseBody

SUGGESTIONS = [
    "Revenue by month",
    "Top 5 products by revenue",
    "Which products are rising?",
]


def build_receipt(*, rows_read: int) -> ReceiptView:
    return ReceiptView(
        metric="Revenue",
        query="a report",
        window_start=None,
        window_end=None,
        first_day=None,
        last_day=None,
        time_zone="UTC",
        rows_read=rows_read,
        rows_counted=0,
        as_of="2026-11-23T09:30:00Z",
        currencies=[],
        source="orders",
    )


SALES = SalesInsightsView(
    by="revenue",
    limit=5,
    top_products=[],
    categories=[],
    summary=[],
    receipt=build_receipt(rows_read=4),
)
PERFORMANCE = ProductPerformanceView(
    limit=5,
    movers=[],
    most_returned=[],
    summary=[],
    receipt=build_receipt(rows_read=9),
)


def test_an_answer_has_every_report_of_its_turn_with_its_receipt() -> None:
    trace = TurnTrace()
    for tool, view in (
        ("sales_insights", SALES),
        ("knowledge_search", ResponseBody()),
        ("product_performance", PERFORMANCE),
    ):
        trace.add_call(tool)
        trace.add_result(tool, view, {})

    answer = build_answer_data(trace)

    assert isinstance(answer, AnalyticsAnswer)
    assert answer.analytics.reports == [SALES, PERFORMANCE]
    assert [receipt.rows_read for receipt in answer.analytics.receipts] == [4, 9]
    assert answer.tools_used == [
        "sales_insights",
        "knowledge_search",
        "product_performance",
    ]
    assert answer.suggestions == SUGGESTIONS


def test_an_answer_without_reports_is_text() -> None:
    trace = TurnTrace()
    trace.add_call("order_trends")

    answer = build_answer_data(trace)

    assert isinstance(answer, TextAnswer)
    assert answer.model_dump(mode="json") == {
        "response_type": "text",
        "analytics": {"reports": [], "receipts": []},
        "suggestions": SUGGESTIONS,
        "action_buttons": [],
        "tools_used": ["order_trends"],
    }
