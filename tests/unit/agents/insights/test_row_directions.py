"""Rows that are wanted only if their figure rose, or fell."""

import pytest

from agents.local.dialogue_state import Json
from tests.support.insights_questions import build_new, parse_alone

AUTUMN = {"firstDay": "2026-09-01", "lastDay": "2026-11-30"}
OCTOBER = {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}
FELL = {"by": "net_revenue_change", "lessThan": 0}
ROSE = {"by": "net_revenue_change", "moreThan": 0}


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        ("countries where revenue fell last month", FELL),
        ("products that lost revenue this month", FELL),
        ("categories that grew last month", ROSE),
        ("which countries saw a decline in revenue last month", FELL),
        ("which category grew last month", ROSE),
        ("products with falling revenue last month", FELL),
        ("growing categories this year", ROSE),
        ("which products sold less in October than in September", FELL),
        (
            "which countries have more orders than last year",
            {"by": "orders_change", "moreThan": 0},
        ),
        ("in which months did revenue fall this year", FELL),
        (
            "months where orders dropped this year",
            {"by": "orders_change", "lessThan": 0},
        ),
    ],
)
def test_rows_that_went_the_other_way_are_left_out(
    message: str, condition: Json
) -> None:
    [query] = build_new(message)

    assert query["having"] == [condition]


@pytest.mark.parametrize(
    "message",
    [
        "revenue growth by category last month",
        "the growth of the categories last month",
        "by how much did the categories grow last month",
        "which categories grew the most last month",
        "change of revenue by country last month",
        "revenue by country last month, the biggest drops first",
    ],
)
def test_all_rows_are_shown_where_their_change_is_asked_for(message: str) -> None:
    [query] = build_new(message)

    assert "having" not in query


def test_a_decline_that_is_explained_is_no_bound() -> None:
    question = parse_alone("which categories are responsible for the decline in May?")

    assert question.request.analysis == "explain_change"
    assert not question.request.bounds


@pytest.mark.parametrize(
    ("message", "window"),
    [
        ("how did we do in the fall", AUTUMN),
        ("how much did we make this fall", AUTUMN),
        ("did orders fall in October", OCTOBER),
    ],
)
def test_a_fall_is_a_season_or_a_verb(message: str, window: Json) -> None:
    assert parse_alone(message).request.window == window


def test_a_change_by_an_amount_is_bounded_once() -> None:
    [query] = build_new("categories that grew by more than 1000 dollars last month")

    assert query["having"] == [{"by": "net_revenue_change", "moreThan": 1000}]
