from zoneinfo import ZoneInfo

from agents.insights.answer_data import build_answer_data
from agents.insights.suggestions import FIRST_QUESTIONS
from agents.turn_trace import TurnTrace
from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts, order_line
from tests.support.sales_lines import analyze
from webapp.chat.answers import AnalyticsAnswer, TextAnswer
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.values import ValueMatches


def compute(*metrics: str) -> AnalyticsResult:
    return run_query(
        AnalyticsQuery(metrics=list(metrics)),
        order_facts(order_line()),
        home_currency="USD",
        zone=ZoneInfo("UTC"),
    )


def test_an_answer_has_every_result_of_its_turn_with_its_receipt() -> None:
    trace = TurnTrace()
    revenue, orders = compute("net_revenue"), compute("orders")
    for tool, view in (
        ("query_analytics", revenue),
        ("find_values", ValueMatches(matches=[])),
        ("query_analytics", orders),
    ):
        trace.add_call(tool)
        trace.add_result(tool, view, {})

    answer = build_answer_data(trace)

    assert isinstance(answer, AnalyticsAnswer)
    assert answer.analytics.results == [revenue, orders]
    assert [each.receipt.rows_read for each in answer.analytics.results] == [1, 1]
    assert answer.tools_used == ["query_analytics", "find_values"]
    assert answer.suggestions == [
        "And by month?",
        "And by category?",
        "And by country?",
    ]


def test_an_answer_has_every_analysis_of_its_turn() -> None:
    trace = TurnTrace()
    found = analyze(
        {"analysis": "concentration", "by": "country"},
        order_facts(order_line(), order_line(order_id="2", country="DE")),
    )
    trace.add_result("measure_concentration", found, {})

    answer = build_answer_data(trace)

    assert isinstance(answer, AnalyticsAnswer)
    assert answer.analytics.analyses == [found]
    [sent] = answer.model_dump(mode="json")["analytics"]["analyses"]
    assert [table["chart"]["data"] for table in sent["tables"]] == [
        {"name": "rows"}
    ] * 2
    assert answer.analytics.results == []
    assert answer.suggestions[0] == "Top 5 products by net revenue"


def test_an_answer_without_results_is_text() -> None:
    trace = TurnTrace()
    trace.add_call("query_analytics")

    answer = build_answer_data(trace)

    assert isinstance(answer, TextAnswer)
    assert answer.model_dump(mode="json") == {
        "response_type": "text",
        "analytics": {"results": [], "analyses": []},
        "suggestions": list(FIRST_QUESTIONS),
        "action_buttons": [],
        "tools_used": ["query_analytics"],
    }
