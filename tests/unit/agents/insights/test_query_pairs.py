"""Two queries that differ in one thing are joined, others are not."""

from typing import Any

import pytest

from agents.local.insights.queries.pairs import compare_last, join_queries
from tests.support.insights_questions import TODAY

Json = dict[str, Any]
KITCHEN = {"filters": [{"dimension": "category", "in": ["Kitchen"]}]}
GARDEN = {"filters": [{"dimension": "category", "in": ["Garden"]}]}
BOTH = {"filters": [{"dimension": "category", "in": ["Kitchen", "Garden"]}]}
SEPTEMBER = {"window": {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}}
OCTOBER = {"window": {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}}
MAY = {"window": {"firstDay": "2026-05-01", "lastDay": "2026-05-31"}}
ORDERS = {"metrics": ["orders"]}


def join(first: Json, second: Json, *, sums: bool = False) -> list[Json]:
    base = {"metrics": ["net_revenue"]}
    found = join_queries({**base, **first}, {**base, **second}, sums=sums)
    return [
        {name: each[name] for name in each if each[name] != base.get(name)}
        for each in found
    ]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (KITCHEN, GARDEN, [{**BOTH, "groupBy": ["category"]}]),
        (SEPTEMBER, OCTOBER, [SEPTEMBER, OCTOBER]),
        ({}, ORDERS, [{"metrics": ["net_revenue", "orders"]}]),
        (
            {"groupBy": ["category"]},
            {"groupBy": ["country"]},
            [{"groupBy": ["category", "country"]}],
        ),
        (KITCHEN, {**GARDEN, **ORDERS}, []),
        (KITCHEN, {"filters": [{"dimension": "country", "in": ["DE"]}]}, []),
        (KITCHEN, {}, []),
        ({"groupBy": ["month", "category", "country"]}, {"groupBy": ["brand"]}, []),
    ],
)
def test_what_differs_in_one_thing_is_joined(
    first: Json, second: Json, joined: list[Json]
) -> None:
    assert join(first, second) == joined


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (KITCHEN, GARDEN, [{**BOTH, "groupBy": []}]),
        (
            SEPTEMBER,
            OCTOBER,
            [{"window": {"firstDay": "2026-09-01", "lastDay": "2026-10-31"}}],
        ),
        (MAY, OCTOBER, []),
        # Revenue and orders have no sum: they are next to each other.
        ({}, ORDERS, [{"metrics": ["net_revenue", "orders"]}]),
    ],
)
def test_both_together_are_one_figure(
    first: Json, second: Json, joined: list[Json]
) -> None:
    assert join(first, second, sums=True) == joined


def test_times_that_differ_are_compared() -> None:
    first, second = ({"metrics": ["orders"], **each} for each in (OCTOBER, SEPTEMBER))
    assert compare_last([first, second], today=TODAY) == [
        {**first, "compareTo": SEPTEMBER["window"]}
    ]
    assert compare_last([first], today=TODAY) == []
    assert compare_last([first, {**second, "metrics": ["units"]}], today=TODAY) == []
