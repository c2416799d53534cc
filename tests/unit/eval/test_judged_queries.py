"""Answers of the search are judged by what their first products are."""

import re
from collections import Counter
from typing import Any

import pytest

from tests.eval.search.judged_queries import (
    FoundProduct,
    JudgedAnswer,
    JudgedQuery,
    ShownProducts,
    build_figures,
    describe_failures,
    read_queries,
)

LAPTOP, SLEEVE = "Nordlys Laptop 14", "Sleeve for a laptop"


def build_query(**values: Any) -> JudgedQuery:
    entry = {"id": "own-1", "catalog": "demo", "kind": "price", "text": "x", "why": "y"}
    return JudgedQuery.model_validate({**entry, **values})


def build_answer(
    *names: str,
    total: int | None = None,
    exact_total: int | None = None,
    price: float = 10,
) -> ShownProducts:
    products = [FoundProduct(name, "Acme", "Goods", "", [price, 50]) for name in names]
    total = len(products) if total is None else total
    return ShownProducts(products, total, total if exact_total is None else exact_total)


@pytest.mark.parametrize(
    ("judgment", "answer", "is_right"),
    [
        ({"must_name": ["laptop"], "first": 2}, build_answer(LAPTOP, SLEEVE), True),
        (
            {"must_name": ["laptop"], "must_not": ["sleeve"], "first": 2},
            build_answer(LAPTOP, SLEEVE),
            False,
        ),
        (
            {"must_not": ["sleeve"], "first": 2, "share": 0.5},
            build_answer(LAPTOP, SLEEVE),
            True,
        ),
        ({"must": ["acme", "goods"], "first": 1}, build_answer(LAPTOP), True),
        ({"must_name": ["acme"], "first": 1}, build_answer(LAPTOP), False),
        ({"max_price": 20, "first": 1}, build_answer(LAPTOP), True),
        ({"max_price": 9, "first": 1}, build_answer(LAPTOP), False),
        ({"min_price": 20, "max_price": 40, "first": 1}, build_answer(LAPTOP), False),
        ({"first": 1}, build_answer(), False),
        ({"first": 2}, build_answer(LAPTOP), False),
        ({"first": 1, "min_total": 2}, build_answer(LAPTOP), False),
        ({"max_total": 0}, build_answer(), True),
        ({"max_total": 0}, build_answer(LAPTOP), False),
        ({"max_total": 0}, build_answer(LAPTOP, exact_total=0), True),
    ],
)
def test_an_answer_is_right_by_its_first_products(
    judgment: dict[str, Any], answer: ShownProducts, *, is_right: bool
) -> None:
    assert (build_query(**judgment).find_fault(answer) is None) == is_right


def test_figures_are_by_author_and_kind_and_failures_are_shown() -> None:
    queries = [
        build_query(must_name=["laptop"], first=1),
        build_query(id="blind-1", must_name=["sleeve"], first=1),
    ]
    answer = build_answer(LAPTOP)
    verdicts = [JudgedAnswer(query, answer) for query in queries]

    assert {
        each.name: (each.value, each.n) for each in build_figures("E", verdicts)
    } == {
        "E: own queries, right": (1, 1),
        "E: blind queries, right": (0, 1),
        "E: queries: price, right": (0.5, 2),
    }
    assert list(describe_failures(verdicts)) == [
        "blind-1 (price) “x”: 0 of the first 1 are right; y",
        f"    - {LAPTOP}, 10.00",
    ]


def test_the_queries_are_of_every_kind_and_have_one_id_each() -> None:
    queries = [*read_queries("icecat"), *read_queries("demo")]
    kinds = Counter(query.kind for query in queries)

    assert len({query.id for query in queries}) == len(queries) >= 200
    assert sum(query.id.startswith("blind") for query in queries) >= 70
    assert len(kinds) == 11
    assert min(kinds.values()) >= 10
    for query in queries:
        for pattern in (*query.must, *query.must_name, *query.must_not):
            re.compile(pattern)
