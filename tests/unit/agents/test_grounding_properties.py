"""Of random results: what is rendered from them passes, and is withheld with one thing swapped."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agents.insights.claims.evidence import build_evidence
from agents.insights.claims.verification import verify_sentence
from tests.support.grounding_results import NOW, QUERIES, compute_result
from tests.support.order_lines import order_facts, order_line

pytestmark = pytest.mark.slow

Json = dict[str, Any]
WITHOUT_SHRINKING = settings(
    max_examples=25, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
"""Shrinking runs some thousand queries."""
NAMES = ["Kitchen", "Garden", "Toys", "Books", "Outdoor Living", "Half Moon Lamps"]
AMOUNTS = st.integers(1, 9_999_99)
SALES = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(st.lists(AMOUNTS, min_size=1, max_size=4),
                                      st.lists(AMOUNTS, max_size=4)), min_size=2,
)  # fmt: skip


def compute_categories(sales: dict[str, tuple[list[int], list[int]]]) -> Json:
    """Of September, compared with August."""
    lines = [
        order_line(
            order_id=f"{name} {month} {number}",
            category=name,
            amount_minor=amount,
            at=datetime(2026, month, 10, tzinfo=UTC),
        )
        for name, months in sales.items()
        for month, amounts in zip((9, 8), months, strict=True)
        for number, amount in enumerate(amounts)
    ]
    return compute_result(QUERIES["categories"], order_facts(*lines, as_of=NOW))


def is_sent(sentence: str, result: Json) -> bool:
    evidence = build_evidence([result], today=date(2026, 10, 5))
    return verify_sentence(sentence, evidence).is_supported


def render_row(name: str, revenue: float, orders: int) -> Iterator[str]:
    yield f"{name} brought ${revenue:,.2f} from {orders} {'order' if orders == 1 else 'orders'}."
    yield f"- **{name}**: ${revenue:,.2f}"
    yield f"| {name} | ${revenue:,.2f} | {orders} |"
    yield f"In September 2026, revenue from {name} was ${revenue:,.2f}."


def render_change(name: str, percent: float) -> Iterator[str]:
    verb, other = ("rose", "up") if percent > 0 else ("fell", "down")
    yield f"{name} {verb} by {abs(percent):,.2f}%."
    yield f"{name} is {other} {abs(percent):,.2f}% on August."
    yield f"- {name}: {percent:+,.2f}%"
    yield f"{name} {verb} compared with August."


def render_order(first: str, second: str) -> Iterator[str]:
    yield f"{first} is ahead of {second}."
    yield f"{second} is behind {first}."
    yield f"{first} had higher revenue than {second}."


def render_best(name: str) -> Iterator[str]:
    yield f"The best category was {name}."
    yield f"{name} leads."
    yield f"{name} had the highest revenue."


@pytest.mark.slow
@given(SALES)
@WITHOUT_SHRINKING
def test_what_is_rendered_from_a_result_is_sent(
    sales: dict[str, tuple[list[int], list[int]]],
) -> None:
    result = compute_categories(sales)
    rows = result["rows"]
    sentences = [*render_best(rows[0]["category"])]
    for row in rows:
        name, percent = row["category"], row["net_revenue_change_percent"]
        sentences += render_row(name, row["net_revenue"], row["orders"])
        sentences += render_change(name, percent) if percent else ()
    for one, two in pairwise(rows):
        if one["net_revenue"] > two["net_revenue"]:
            sentences += render_order(one["category"], two["category"])

    assert [each for each in sentences if not is_sent(each, result)] == []


@pytest.mark.slow
@given(SALES)
@WITHOUT_SHRINKING
def test_a_swapped_figure_name_or_direction_is_withheld(
    sales: dict[str, tuple[list[int], list[int]]],
) -> None:
    result = compute_categories(sales)
    rows = result["rows"]
    lies: list[str] = []
    for row in rows:
        name, percent = row["category"], row["net_revenue_change_percent"]
        lies += render_row(name, row["net_revenue"] + 0.01, row["orders"])
        lies += render_change(name, -percent) if percent else ()
    for one, two in pairwise(rows):
        if one["net_revenue"] > two["net_revenue"]:
            lies += render_row(two["category"], one["net_revenue"], one["orders"])
            lies += render_order(two["category"], one["category"])
            lies += render_best(two["category"])
            lies += render_row("Cameras", one["net_revenue"], one["orders"])

    assert [each for each in lies if is_sent(each, result)] == []
