from collections.abc import Sequence
from datetime import date

import pytest

from agents.local.dialogue_state import (
    CompletedToolCall,
    DialogueState,
    DialogueTurn,
    Json,
)
from agents.local.insights.skill import InsightsSkill
from agents.local.plan import Answer, PlanStep, ToolCall, advance_plan
from tests.support.reports import build_period, build_report
from tests.support.word_embedder import WordEmbedder

TODAY = date(2026, 11, 23)
MARCH = {"first_day": "2026-03-01", "last_day": "2026-03-31"}
LAST_MONTH = {"first_day": "2026-10-01", "last_day": "2026-10-31"}
SOURCE = "Read 4 order lines in USD as of 2026-11-23T09:30:00Z."
ABILITIES = (
    "I can tell you orders and revenue by day, week or month, totals, best-selling products "
    "and categories, and what rises, falls or comes back, for any stretch of time."
)
UNCLEAR = f"I am not sure what you ask for. {ABILITIES}"


@pytest.fixture(scope="module")
def skill() -> InsightsSkill:
    return InsightsSkill(WordEmbedder(), today=lambda: TODAY)


def build_turn(utterance: str, tool: str, **arguments: object) -> DialogueTurn:
    """An earlier question, answered with a call of a tool."""
    return DialogueTurn(utterance, (CompletedToolCall(tool, arguments, {}),))


def plan_next_step(
    skill: InsightsSkill,
    utterance: str,
    *previous: DialogueTurn,
    results: Sequence[Json] = (),
) -> PlanStep:
    calls = [CompletedToolCall("a_report", {}, result) for result in results]
    state = DialogueState(DialogueTurn(utterance), previous)
    return advance_plan(skill.plan(state), calls)


@pytest.mark.parametrize(
    ("utterance", "call"),
    [
        ("revenue by month", ToolCall("order_trends", {"granularity": "month"})),
        (
            "daily revenue for last month",
            ToolCall("order_trends", {"granularity": "day"} | LAST_MONTH),
        ),
        (
            "what was the revenue in March 2026",
            ToolCall("sales_insights", {"by": "revenue"} | MARCH),
        ),
        (
            "what was the revenue in March 2026 per week",
            ToolCall("order_trends", {"granularity": "week"} | MARCH),
        ),
        (
            "top 3 products by units",
            ToolCall("sales_insights", {"by": "units", "limit": 3}),
        ),
        (
            "sales per category last month",
            ToolCall("sales_insights", {"by": "revenue"} | LAST_MONTH),
        ),
        ("trending products", ToolCall("product_performance")),
        (
            "trending products of last month",
            ToolCall("product_performance", LAST_MONTH),
        ),
    ],
)
def test_a_question_calls_the_report_that_answers_it(
    skill: InsightsSkill, utterance: str, call: ToolCall
) -> None:
    assert plan_next_step(skill, utterance) == call


@pytest.mark.parametrize(
    ("utterance", "tables", "first_line"),
    [
        (
            "revenue by month",
            {"granularity": "month", "periods": [build_period("2026-03-01")]},
            "Revenue by month, from 2026-03-01 to 2026-04-30 (UTC):",
        ),
        (
            "what was the revenue in June 2026",
            {},
            "The figures from 2026-03-01 to 2026-04-30 (UTC):",
        ),
        (
            "best sellers last month",
            {"by": "revenue", "topProducts": []},
            "No products to list, from 2026-03-01 to 2026-04-30 (UTC).",
        ),
        (
            "revenue by category",
            {"categories": []},
            "No categories to list, from 2026-03-01 to 2026-04-30 (UTC).",
        ),
        (
            "trending products",
            {"movers": [], "mostReturned": []},
            "No product rises, falls or comes back, from 2026-03-01 to 2026-04-30 (UTC).",
        ),
    ],
)
def test_the_answer_is_the_report_and_its_source(
    skill: InsightsSkill, utterance: str, tables: Json, first_line: str
) -> None:
    step = plan_next_step(skill, utterance, results=[build_report(**tables)])

    assert isinstance(step, Answer)
    lines = step.text.splitlines()
    assert (lines[0], lines[-1]) == (first_line, SOURCE)


@pytest.mark.parametrize(
    ("utterance", "answer"),
    [
        ("hello", f"Hello! {ABILITIES} What would you like to know?"),
        ("thank you", "You are welcome. What else would you like to know?"),
        ("goodbye", "Goodbye."),
        (
            "who are you",
            f"I answer from the shop's own figures and from nothing else. {ABILITIES}",
        ),
        (
            "show me credit card numbers",
            "I tell figures of the shop, never who a customer is or how to reach them.",
        ),
        (
            "most frequent search terms",
            "I have no figures about what customers search for.",
        ),
        (
            "tell me a joke",
            f"I have no figures for that, and I do not guess. {ABILITIES}",
        ),
        ("xyzzy", UNCLEAR),
        ("", UNCLEAR),
    ],
)
def test_what_needs_no_figures_is_answered_at_once(
    skill: InsightsSkill, utterance: str, answer: str
) -> None:
    assert plan_next_step(skill, utterance) == Answer(answer)


def test_a_named_period_makes_a_trend_of_what_is_unclear(skill: InsightsSkill) -> None:
    assert plan_next_step(skill, "xyzzy weekly") == ToolCall(
        "order_trends", {"granularity": "week"}
    )


def test_a_question_about_people_stays_one_when_it_names_a_period(
    skill: InsightsSkill,
) -> None:
    step = plan_next_step(
        skill, "list the addresses of people who ordered last week by day"
    )

    assert isinstance(step, Answer)


TOP_3 = build_turn("top 3 products by units", "sales_insights", by="units", limit=3)
MONTHLY = build_turn(
    "revenue by month in 2025",
    "order_trends",
    granularity="month",
    first_day="2025-01-01",
    last_day="2025-12-31",
)


@pytest.mark.parametrize(
    ("previous", "utterance", "call"),
    [
        (
            [TOP_3],
            "and last month?",
            ToolCall("sales_insights", {"by": "units", "limit": 3} | LAST_MONTH),
        ),
        (
            [TOP_3],
            "what about the top 10",
            ToolCall("sales_insights", {"by": "units", "limit": 10}),
        ),
        (
            [MONTHLY],
            "and in March?",
            ToolCall("order_trends", {"granularity": "month"} | MARCH),
        ),
        (
            [MONTHLY],
            "by week instead",
            ToolCall(
                "order_trends",
                {
                    "granularity": "week",
                    "first_day": "2025-01-01",
                    "last_day": "2025-12-31",
                },
            ),
        ),
        ([TOP_3], "by week instead", ToolCall("order_trends", {"granularity": "week"})),
        (
            [
                build_turn(
                    "top products in the toys category last month",
                    "sales_insights",
                    category="toys",
                    limit=3,
                    **LAST_MONTH,
                )
            ],
            "by week instead",
            ToolCall(
                "order_trends",
                {"granularity": "week", "category": "toys"} | LAST_MONTH,
            ),
        ),
        (
            [build_turn("trending products", "product_performance", limit=3)],
            "and last month?",
            ToolCall("product_performance", {"limit": 3} | LAST_MONTH),
        ),
        (
            [build_turn("revenue since March", "order_trends", **MARCH)],
            "now for until 2025",
            ToolCall("order_trends", {"last_day": "2025-12-31"}),
        ),
        (
            [MONTHLY, TOP_3, DialogueTurn("thank you", reply="You are welcome.")],
            "and in March?",
            ToolCall("sales_insights", {"by": "units", "limit": 3} | MARCH),
        ),
        (
            [TOP_3, build_turn("by week instead", "order_trends", granularity="week")],
            "and in March?",
            ToolCall("order_trends", {"granularity": "week"} | MARCH),
        ),
        (
            [
                TOP_3,
                build_turn("and in March?", "sales_insights", limit=3, **MARCH),
                DialogueTurn("?", (CompletedToolCall("no_such_tool", {}, {}),)),
            ],
            "and by revenue",
            ToolCall("sales_insights", {"limit": 3, "by": "revenue"} | MARCH),
        ),
    ],
)
def test_a_follow_up_repeats_the_report_with_what_it_changes(
    skill: InsightsSkill,
    previous: Sequence[DialogueTurn],
    utterance: str,
    call: ToolCall,
) -> None:
    assert plan_next_step(skill, utterance, *previous) == call


@pytest.mark.parametrize(
    ("question", "tables", "first_line"),
    [
        ("revenue by category", {"categories": []}, "No categories to list"),
        ("best sellers last month", {"topProducts": []}, "No products to list"),
        ("anything else", {}, "The figures"),
    ],
)
def test_a_follow_up_is_written_as_the_report_that_it_repeats(
    skill: InsightsSkill, question: str, tables: Json, first_line: str
) -> None:
    first = build_turn(question, "sales_insights")
    second = build_turn("and in March?", "sales_insights", **MARCH)

    step = plan_next_step(
        skill, "and last month?", first, second, results=[build_report(**tables)]
    )

    assert isinstance(step, Answer)
    assert step.text.startswith(first_line)
    assert step.text.endswith(f"\n{SOURCE}")


@pytest.mark.parametrize(
    "previous", [[], [DialogueTurn("hello", reply="Hello!")], [DialogueTurn("?", ())]]
)
def test_a_follow_up_of_nothing_is_unclear(
    skill: InsightsSkill, previous: Sequence[DialogueTurn]
) -> None:
    step = plan_next_step(skill, "and last month?", *previous)

    assert step == Answer(UNCLEAR)
