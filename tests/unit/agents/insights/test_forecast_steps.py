"""The time of a forecast as periods from today on."""

import pytest

from agents.local.insights.analyses.builder import build_analyses
from agents.local.insights.analyses.forecast_steps import forecast_by_day
from agents.local.insights.queries.parts import NeedsAnswer
from tests.support.insights_questions import TODAY, parse_alone


@pytest.mark.parametrize(
    ("text", "period", "first", "last"),
    [
        ("forecast orders next month", "month", 2, 2),
        ("forecast orders for the next 3 weeks", "week", 2, 4),
        ("forecast orders for tomorrow", "day", 2, 2),
        ("forecast orders for January by week", "week", 7, 11),
        ("forecast orders for November", "month", 1, 1),
        ("forecast orders for November, December and January", "month", 1, 3),
        ("forecast orders monthly, Nov through Jan", "month", 1, 3),
        ("forecast orders for the coming week, 23 to 29 November", "week", 2, 2),
    ],
)
def test_steps_are_of_the_longest_period(
    text: str, period: str, first: int, last: int
) -> None:
    [found] = build_analyses(parse_alone(text), today=TODAY, earlier=None)

    assert (found["period"], found["firstStep"], found["steps"]) == (
        period,
        first,
        last,
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("forecast orders for the next 200 days", "90 days ahead at most"),
        ("forecast orders of last month", "already over"),
    ],
)
def test_a_time_that_cannot_be_forecast_is_asked_about(text: str, answer: str) -> None:
    with pytest.raises(NeedsAnswer, match=answer):
        build_analyses(parse_alone(text), today=TODAY, earlier=None)


@pytest.mark.parametrize(
    ("request_of", "first", "last"),
    [
        (
            {"analysis": "forecast", "period": "month", "firstStep": 2, "steps": 2},
            14,
            44,
        ),
        ({"analysis": "forecast", "period": "month", "steps": 1}, 1, 13),
    ],
)
def test_months_can_be_forecast_by_their_days(
    request_of: dict[str, object], first: int, last: int
) -> None:
    """Of 18 November: December begins on the 14th day from today on, which is the first step."""
    found = forecast_by_day(request_of, today=TODAY)

    assert found is not None
    assert (found["period"], found["firstStep"], found["steps"]) == ("day", first, last)


def test_what_is_too_long_for_days_stays_in_months() -> None:
    months = {"analysis": "forecast", "period": "month", "steps": 6}

    assert forecast_by_day(months, today=TODAY) is None


def test_times_that_are_apart_are_forecast_each() -> None:
    question = parse_alone("forecast orders for December and February")

    found = build_analyses(question, today=TODAY, earlier=None)

    assert [(each["firstStep"], each["steps"]) for each in found] == [(2, 2), (4, 4)]
