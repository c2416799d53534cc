"""Words of customer segments: whose figures are asked for, or the segments themselves."""

from typing import Any

import pytest

from agents.local.insights.question.draft import Request
from tests.support.insights_questions import parse_follow_up, read_request


def list_segments(request: Request) -> list[Any]:
    found = [
        each for each in request.filters if each["dimension"] == "customer_segment"
    ]
    return [value for each in found for value in each.get("in", [])]


@pytest.mark.parametrize(
    "text",
    [
        "net revenue by customer segment this year",
        "orders per segment",
        "which segment spends the most?",
        "how much does each customer segment spend?",
        "break down refunds by RFM segment",
    ],
)
def test_figures_are_split_by_segment(text: str) -> None:
    request, unknown = read_request(text)

    assert request.analysis is None
    assert request.group_by == ["customer_segment"]
    assert unknown == []


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("how much did the champions spend last month", ["champions"]),
        ("refunds of customers at risk", ["at risk"]),
        ("revenue from customers who need attention", ["need attention"]),
        ("revenue from lost customers in 2025", ["lost"]),
        ("orders of champions, loyal and new customers", ["champions", "loyal", "new"]),
        ("average order value of new customers vs champions", ["new", "champions"]),
        ("how did the champions do in May?", ["champions"]),
    ],
)
def test_figures_are_those_of_a_segment(text: str, segments: list[str]) -> None:
    request, unknown = read_request(text)

    assert request.analysis is None
    assert list_segments(request) == segments
    assert unknown == []


@pytest.mark.parametrize(
    "text",
    [
        "segment our customers",
        "segment our customers by revenue",
        "RFM segments",
        "how many customers are at risk?",
        "customer segments of last year",
        "how many customers are in each segment?",
    ],
)
def test_segments_themselves_are_an_analysis(text: str) -> None:
    request, unknown = read_request(text)

    assert request.analysis == "rfm"
    assert (request.filters, request.group_by) == ([], [])
    assert unknown == []


def test_another_analysis_is_of_a_segment() -> None:
    request, _ = read_request("why did the revenue of champions fall in October?")

    assert request.analysis == "explain_change"
    assert list_segments(request) == ["champions"]


@pytest.mark.parametrize("text", ["loyal customers last month", "revenue of new ones"])
def test_who_ordered_before_is_no_segment(text: str) -> None:
    assert list_segments(read_request(text)[0]) == []


@pytest.mark.parametrize(
    ("text", "quality"),
    [
        ("promising products last month", "promising"),
        ("which products need attention?", "need attention"),
        ("orders that need attention", "that need attention"),
    ],
)
def test_what_is_said_of_goods_is_no_segment(text: str, quality: str) -> None:
    request, unknown = read_request(text)

    assert quality in unknown
    assert list_segments(request) == []


def test_champions_who_order_are_counted() -> None:
    people, _ = read_request("how many champions ordered last month?")
    orders, _ = read_request("how many orders did champions place last month?")

    assert people.metrics == ["customers"]
    assert orders.metrics == ["orders"]


@pytest.mark.parametrize(
    "text", ["only champions", "and by customer segment?", "by segment instead"]
)
def test_segments_narrow_or_split_the_figures_before(text: str) -> None:
    after_figures = parse_follow_up(text).request

    assert after_figures.analysis is None
    assert list_segments(after_figures) or after_figures.group_by
    assert parse_follow_up(text, analysis="rfm").request.analysis == "rfm"


def test_segments_are_asked_for_after_figures_too() -> None:
    for text in ("segment our customers", "how many customers are at risk?"):
        assert parse_follow_up(text).request.analysis == "rfm"
