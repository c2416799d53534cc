"""What an answer of the insights agent counts as, and the figures of the scoreboard."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.eval.insights.canonical import run_on_shop
from tests.eval.insights.questions import HELD_OUT, EvaluationQuestion
from tests.eval.insights.scoring import (
    AgentAnswer,
    AnswerOutcome,
    Judged,
    build_figures,
    judge_answer,
)
from tests.eval.insights.shops import NOW, MemoryShop
from tests.support.order_lines import order_facts, order_line, utc_2026
from webapp.insights.query.analytics_query import AnalyticsQuery

Json = dict[str, Any]
SHOP = MemoryShop(
    "USD",
    ZoneInfo("UTC"),
    order_facts(
        order_line(order_id="1", at=utc_2026(9)),
        order_line(order_id="2", at=utc_2026(10), quantity=2),
        as_of=NOW,
    ),
)
REVENUE = {"metrics": ["net_revenue"]}
UNITS = {"metrics": ["units"]}
ORDERS = {"metrics": ["orders"]}
EXPECTED = {"query": REVENUE}
TWO = {"queries": [REVENUE, UNITS]}
EITHER = {"query": REVENUE, "alternatives": [UNITS]}
UNKNOWN = {"unanswerable": ["margin", "profit"]}
ANY_WORDS: Json = {"unanswerable": []}
AMBIGUOUS = {"asks": True}
TOOK_ONE = {"asks": True, "alternatives": [UNITS]}


def build_question(expectation: Json, **other: Any) -> EvaluationQuestion:
    fields = {"id": "x-1", "shop": "homestead", "kind": "totals", "turns": ["revenue"]}
    return EvaluationQuestion.model_validate({**fields, **other, **expectation})


def build_answer(text: str, *queries: Json) -> AgentAnswer:
    results = [
        run_on_shop(AnalyticsQuery.model_validate(query), SHOP) for query in queries
    ]
    return AgentAnswer(text, results)


@pytest.mark.parametrize(
    ("expectation", "text", "queries", "outcome"),
    [
        (EXPECTED, "Net revenue is 20.", [REVENUE], AnswerOutcome.RIGHT),
        (EXPECTED, "I left out 'coast'.", [REVENUE], AnswerOutcome.CAVEATED),
        (EXPECTED, "Of brand (not recorded) 20.", [REVENUE], AnswerOutcome.RIGHT),
        (EXPECTED, "Units are 3.", [UNITS], AnswerOutcome.SILENT),
        (EXPECTED, "I left out 'revenue'.", [UNITS], AnswerOutcome.ANNOUNCED),
        (EXPECTED, "I do not know revenue here.", [UNITS], AnswerOutcome.ANNOUNCED),
        (EXPECTED, "Did you mean gross sales?", [UNITS], AnswerOutcome.ANNOUNCED),
        (EXPECTED, "Anything else?", [UNITS], AnswerOutcome.SILENT),
        (EXPECTED, "Both are here.", [REVENUE, UNITS], AnswerOutcome.SILENT),
        (EXPECTED, "Which revenue?", [], AnswerOutcome.REFUSED),
        (TWO, "Both.", [REVENUE, UNITS], AnswerOutcome.RIGHT),
        (TWO, "Both.", [UNITS, REVENUE], AnswerOutcome.RIGHT),
        (TWO, "One twice.", [UNITS, UNITS], AnswerOutcome.SILENT),
        (TWO, "One.", [REVENUE], AnswerOutcome.SILENT),
        (EITHER, "Units are 3.", [UNITS], AnswerOutcome.RIGHT),
        (EITHER, "Orders are 2.", [ORDERS], AnswerOutcome.SILENT),
        (UNKNOWN, "I do not know Profit here.", [], AnswerOutcome.RIGHT),
        (UNKNOWN, "I do not know that.", [], AnswerOutcome.UNNAMED),
        (UNKNOWN, "Net revenue is 20.", [REVENUE], AnswerOutcome.SILENT),
        (
            UNKNOWN,
            "I do not know profit. Net revenue is 20.",
            [REVENUE],
            AnswerOutcome.ANNOUNCED,
        ),
        (ANY_WORDS, "Please ask in other words.", [], AnswerOutcome.RIGHT),
        (ANY_WORDS, "Net revenue is 20.", [REVENUE], AnswerOutcome.SILENT),
        (AMBIGUOUS, "3 April or 4 March?", [], AnswerOutcome.RIGHT),
        (AMBIGUOUS, "No such day.", [], AnswerOutcome.UNNAMED),
        (AMBIGUOUS, "Net revenue is 20.", [REVENUE], AnswerOutcome.SILENT),
        (TOOK_ONE, "I left out 'it'; units are 3.", [UNITS], AnswerOutcome.RIGHT),
        (TOOK_ONE, "Net revenue is 20.", [REVENUE], AnswerOutcome.SILENT),
    ],
)
def test_an_answer_is_judged(
    expectation: Json, text: str, queries: list[Json], outcome: AnswerOutcome
) -> None:
    question = build_question(expectation)

    assert judge_answer(question, build_answer(text, *queries), SHOP) is outcome


def judge(outcome: AnswerOutcome, expectation: Json, **other: Any) -> Judged:
    return Judged(build_question(expectation, **other), build_answer(""), outcome)


def test_figures_are_of_all_of_blind_ones_and_of_others() -> None:
    judged = [
        judge(AnswerOutcome.RIGHT, EXPECTED, id="blind-1", kind="follow_up"),
        judge(AnswerOutcome.SILENT, EXPECTED, id="blind-2", shop="bookshop"),
        judge(AnswerOutcome.RIGHT, EXPECTED),
        judge(AnswerOutcome.CAVEATED, EXPECTED),
        judge(AnswerOutcome.REFUSED, EXPECTED, kind="follow_up"),
        judge(AnswerOutcome.SILENT, UNKNOWN, kind="unanswerable"),
        judge(AnswerOutcome.RIGHT, AMBIGUOUS, kind="asks"),
        judge(AnswerOutcome.ANNOUNCED, EXPECTED),
    ]

    figures = {each.name: (each.value, each.n) for each in build_figures(judged)}

    assert figures == {
        "exactly right": (2 / 6, 6),
        "silently wrong": (2 / 8, 8),
        "wrong and said so": (1 / 6, 6),
        "refused, or with an unfounded word of something left out": (2 / 6, 6),
        "follow-ups right": (1 / 2, 2),
        "cannot be answered, and said so": (0, 1),
        "ambiguous, and asked back": (1, 1),
        "blind: exactly right": (1 / 2, 2),
        "blind: silently wrong": (1 / 2, 2),
        "blind: wrong and said so": (0, 2),
        "blind: refused, or with an unfounded word of something left out": (0, 2),
        "blind: follow-ups right": (1, 1),
        "others: exactly right": (1 / 4, 4),
        "others: silently wrong": (1 / 6, 6),
        "others: wrong and said so": (1 / 4, 4),
        "others: refused, or with an unfounded word of something left out": (2 / 4, 4),
        "others: follow-ups right": (0, 1),
        "others: cannot be answered, and said so": (0, 1),
        "others: ambiguous, and asked back": (1, 1),
        "kind totals, right": (1 / 4, 4),
        "kind follow_up, right": (1 / 2, 2),
        "kind asks, right": (1, 1),
        "kind unanswerable, right": (0, 1),
        "shop homestead, right": (3 / 7, 7),
        "shop bookshop, right": (0, 1),
    }


@pytest.mark.parametrize(
    ("outcomes", "refused"),
    [
        (
            {
                AnswerOutcome.RIGHT: 92,
                AnswerOutcome.ANNOUNCED: 3,
                AnswerOutcome.REFUSED: 5,
            },
            [],
        ),
        (
            {AnswerOutcome.RIGHT: 91, AnswerOutcome.ANNOUNCED: 9},
            ["exactly right"],
        ),
        ({AnswerOutcome.RIGHT: 99, AnswerOutcome.SILENT: 1}, ["silently wrong"]),
        (
            {
                AnswerOutcome.RIGHT: 94,
                AnswerOutcome.REFUSED: 2,
                AnswerOutcome.FAILED: 2,
                AnswerOutcome.CAVEATED: 2,
            },
            ["refused, or with an unfounded word of something left out"],
        ),
    ],
)
def test_the_thresholds_hold_for_all_questions(
    outcomes: dict[AnswerOutcome, int], refused: list[str]
) -> None:
    judged = [
        judge(outcome, EXPECTED)
        for outcome, count in outcomes.items()
        for _ in range(count)
    ]

    found = [each.name for each in build_figures(judged) if each.is_refused]

    assert found == refused


def test_wordings_that_are_held_out_are_bounded_by_nothing() -> None:
    held_out = {"id": f"{HELD_OUT[0]}-001"}
    judged = [
        judge(AnswerOutcome.RIGHT, EXPECTED),
        judge(AnswerOutcome.SILENT, EXPECTED, **held_out),
        judge(AnswerOutcome.REFUSED, EXPECTED, **held_out),
    ]

    figures = {each.name: each for each in build_figures(judged)}

    assert not any(each.is_refused for each in figures.values())
    assert figures["silently wrong"].n == 1
    assert figures["held out: silently wrong"].value == 1 / 2
    assert "reworded: silently wrong" not in figures
    assert figures["kind totals, right"].n == 1


def test_wordings_of_others_have_bounds_of_their_own() -> None:
    reworded = {"id": "reworded_first-001"}
    judged = [
        judge(AnswerOutcome.RIGHT, EXPECTED),
        judge(AnswerOutcome.SILENT, EXPECTED, **reworded),
    ]

    refused = [each.name for each in build_figures(judged) if each.is_refused]

    assert refused == ["reworded: exactly right", "reworded: silently wrong"]
