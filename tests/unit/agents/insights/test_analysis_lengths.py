"""Lengths of time that are no windows: they say how far an analysis looks."""

import pytest

from agents.local.insights.question.draft import Request
from tests.support.insights_questions import parse_follow_up, read_request


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("retention, months 1 to 4", 4),
        ("lifetime value over the half year after their first order", 6),
        ("retention within 2 quarters", 6),
        ("lifetime value over a year", 12),
    ],
)
def test_months_of_a_life_are_no_times(text: str, months: int) -> None:
    request, unknown = read_request(text)

    assert (request.months, request.window, unknown) == (months, None, [])


def test_who_returns_within_months_is_asked_of_each_cohort() -> None:
    assert read_request("repeat buyers within 3 months")[0].analysis == "retention"
    assert read_request("repeat buyers in May")[0].analysis is None


@pytest.mark.parametrize(
    ("text", "days", "group_by"),
    [
        ("forecast of orders, 14 days ahead", 14, []),
        ("forecast of orders by day, 14 days ahead", 14, ["day"]),
    ],
)
def test_a_horizon_begins_now(text: str, days: int, group_by: list[str]) -> None:
    request, _ = read_request(text)

    assert request.window == {"unit": "day", "count": days, "offset": -days}
    assert request.group_by == group_by


def test_a_lead_time_is_no_horizon() -> None:
    request, _ = read_request("what runs out if the lead time is 3 weeks?")

    assert (request.analysis, request.lead_days) == ("stock_outlook", 21)
    assert request.window is None
    alone = parse_follow_up("the lead time is 10 days", analysis="stock_outlook")
    assert alone.request == Request(lead_days=10, of_analysis=alone.request.of_analysis)


@pytest.mark.parametrize(
    ("text", "months"), [("retention M1 to M6", 6), ("lifetime value m3", 3)]
)
def test_short_months_are_counted_from_the_first_order(text: str, months: int) -> None:
    assert read_request(text)[0].months == months
