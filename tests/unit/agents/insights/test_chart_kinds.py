"""The kind of chart that is asked for is drawn, or it is said what is drawn in its place."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agents.insights.grounding import WITHHELD_NOTICE, AnswerGrounding
from agents.turn_trace import ToolResultRecord, TurnTrace
from tests.support.insights_dialogue import InsightsAnswer, InsightsDialogue
from tests.support.order_lines import order_facts, order_line
from webapp.kit.json import ResponseBody

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
FACTS = order_facts(
    *(
        order_line(
            order_id=str(number),
            category=("Kitchen", "Garden")[number % 2],
            at=datetime(2026, number, number, 9 + number, tzinfo=UTC),
        )
        for number in range(1, 9)
    )
)


def ask_all(*messages: str) -> InsightsAnswer:
    dialogue = InsightsDialogue(
        FACTS, home_currency="USD", zone=ZoneInfo("UTC"), now=NOW
    )
    return [dialogue.ask(each) for each in messages][-1]


def find_note(text: str) -> str | None:
    lines = (each for each in text.splitlines() if "drawn" in each)
    return next(lines, None)


@pytest.mark.parametrize(
    ("messages", "note"),
    [
        (["orders by weekday and hour as a heat map"], None),
        (["orders by month and category as a heatmap"], None),
        (["orders by month as a line chart"], None),
        (["orders by category as a bar chart"], None),
        (["orders by category as a chart"], None),
        (
            ["orders by category", "as a pie"],
            "The chart is drawn as bars, not as a pie: lengths are easier to compare than angles.",
        ),
        (
            ["orders by month as a pie chart"],
            "The chart is drawn as lines, not as a pie: the rows are periods.",
        ),
        (
            ["orders by month as a heat map"],
            (
                "The chart is drawn as lines, not as a heat map: that takes rows by more than "
                "one dimension."
            ),
        ),
        (
            ["orders by category as a line chart"],
            "The chart is drawn as bars, not as lines: only periods are drawn as lines.",
        ),
        (
            ["orders by category as a treemap"],
            "The chart is drawn as bars, not as a treemap: I do not draw that kind.",
        ),
        (["orders this year as a pie"], "No chart is drawn: that takes several rows."),
    ],
)
def test_another_kind_is_named(messages: list[str], note: str | None) -> None:
    answer = ask_all(*messages)

    assert answer.results
    assert find_note(answer.text) == note


@pytest.mark.parametrize(
    ("message", "groups"),
    [
        ("orders by weekday and hour as a heat map", ["weekday", "hour_of_day"]),
        ("heat map of orders by month and category", ["month", "category"]),
    ],
)
def test_rows_by_two_dimensions_are_drawn_as_a_heat_map(
    message: str, groups: list[str]
) -> None:
    [result] = ask_all(message).results

    assert result.query.group_by == groups
    assert result.chart is not None
    assert result.chart["mark"] == "rect"


def test_periods_by_another_dimension_are_lines_else() -> None:
    [result] = ask_all("orders by month and category").results

    assert result.chart is not None
    assert result.chart["mark"] != "rect"


def test_what_is_said_of_the_chart_is_not_withheld() -> None:
    answer = ask_all("orders by category as a pie")
    records = [
        ToolResultRecord(
            "query_analytics", ResponseBody(), each.model_dump(mode="json")
        )
        for each in answer.results
    ]
    grounding = AnswerGrounding(TurnTrace(message="as a pie", results=records))

    sent = grounding.feed(answer.text) + grounding.flush()

    assert WITHHELD_NOTICE not in sent
    assert "not as a pie" in sent
