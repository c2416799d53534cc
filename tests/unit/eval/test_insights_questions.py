"""The questions of the evaluation: enough of each kind, and each with an answer that there is."""

from collections import Counter

import polars as pl
import pytest

from tests.eval.insights.canonical import normalize_query, run_on_shop
from tests.eval.insights.questions import EvaluationQuestion, Kind, read_questions
from tests.eval.insights.shops import (
    FIRST_DAY,
    NOW,
    SHOPS,
    build_shop,
    list_products,
    read_shop,
)
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.validation import check_query

QUESTIONS = read_questions()


def test_there_are_enough_questions_of_each_kind() -> None:
    kinds = Counter(question.kind for question in QUESTIONS)
    shops = Counter(question.shop for question in QUESTIONS)

    assert len(QUESTIONS) >= 320
    assert sum(question.is_blind for question in QUESTIONS) >= 110
    assert set(kinds) == set(Kind)
    assert kinds[Kind.FOLLOW_UP] >= 65
    assert kinds[Kind.UNANSWERABLE] >= 45
    assert set(shops) == set(SHOPS)
    assert min(shops.values()) >= 100


def test_questions_are_there_once() -> None:
    ids = Counter(question.id for question in QUESTIONS)
    # Two people may reword two questions alike.
    own = [each for each in QUESTIONS if each.is_own]
    turns = Counter((question.shop, *question.turns) for question in own)

    assert ids.most_common(1)[0][1] == 1
    assert [each for each, count in turns.items() if count > 1] == []


def test_kinds_are_of_what_is_expected() -> None:
    for question in QUESTIONS:
        assert question.asks == (question.kind is Kind.ASKS), question.id
        is_unanswerable = question.unanswerable is not None
        assert is_unanswerable == (question.kind is Kind.UNANSWERABLE), question.id
        assert len(question.turns) > 1 or question.kind is not Kind.FOLLOW_UP


@pytest.mark.slow
@pytest.mark.parametrize(
    "question", [each for each in QUESTIONS if each.expected], ids=lambda each: each.id
)
def test_expected_queries_run_on_their_shop_and_find_something(
    question: EvaluationQuestion,
) -> None:
    shop = build_shop(question.shop)

    for alternative in question.expected:
        values: list[object] = []
        for query in alternative:
            check_query(query)
            normalize_query(query, shop)
            values += list_values(run_on_shop(query, shop))
        # "No, nobody did" is an answer, and a figure among several may be zero.
        is_negative_answer = values and question.kind is Kind.YES_NO
        assert any(values) or is_negative_answer, alternative


def list_values(result: AnalyticsResult) -> list[object]:
    names = [column.name for column in result.columns if column.unit is not None]
    return [row[name] for row in result.rows for name in names]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_has_all_that_questions_are_about(name: str) -> None:
    lines = build_shop(name).facts.lines.collect()
    products = list_products(read_shop(name))

    assert set(lines["name"]) == {each.name for each in products}
    assert len({each.sku for each in products}) == len(products)
    assert {"SALE", "RETURN", "REFUND"} == set(lines["kind"])
    assert {"new", "returning", "guest"} == set(lines["customer_status"])
    assert {"CANCELLED", "DELIVERED", "PROCESSING"} < set(lines["status"])
    assert lines["currency"].n_unique() == 3
    assert lines["country"].n_unique() >= 6
    assert lines["home_amount_minor"].null_count() == 0
    assert lines["at"].dt.date().min() == FIRST_DAY
    assert lines.filter(pl.col("at") >= NOW).is_empty()
    assert not lines.filter(pl.col("at").dt.date() == NOW.date()).is_empty()
