"""How often customers bought: twice or more, are the returning ones."""

import pytest

from tests.support.insights_questions import parse_alone


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("how many customers bought twice or more", "returning_customers"),
        ("how many customers bought twice", "returning_customers"),
        ("how many customers ordered more than once", "returning_customers"),
        ("how many buyers have placed two or more orders", "returning_customers"),
        ("how many customers ordered at least 2 times", "returning_customers"),
        ("how many people bought at least once in May", "customers"),
    ],
)
def test_customers_are_counted_by_how_often_they_bought(text: str, metric: str) -> None:
    question = parse_alone(text)

    assert question.request.metrics == [metric]
    assert question.request.analysis is None
    assert not question.unknown
    assert not question.gaps


def test_it_is_said_who_is_counted() -> None:
    [note] = parse_alone("how many customers bought twice or more").notes
    [of_a_time] = parse_alone("how many customers bought twice last month").notes

    assert "an order that is not their first" in note
    assert "only the later one need be in this time" in of_a_time


@pytest.mark.parametrize(
    "text",
    [
        "how many customers ordered at least 3 times",
        "how many customers ordered more than twice",
        "how many customers placed exactly 2 orders",
    ],
)
def test_other_numbers_of_orders_are_not_known(text: str) -> None:
    [gap] = parse_alone(text).gaps

    assert "how many orders each customer placed" in gap.reason


@pytest.mark.parametrize(
    ("text", "metrics", "analysis"),
    [
        ("customers by country", ["customers"], None),
        ("customer retention", [], "retention"),
    ],
)
def test_what_says_nothing_of_how_often_is_read_as_before(
    text: str, metrics: list[str], analysis: str | None
) -> None:
    question = parse_alone(text)

    assert question.request.analysis == analysis
    assert not question.notes
    assert analysis or question.request.metrics == metrics
