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


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        ("did any category lose revenue last month", FELL),
        ("did any of the categories grow last month", ROSE),
        ("did one of our brands grow last month", ROSE),
        ("is there a category that grew last month", ROSE),
        ("which, if any, categories fell last month", FELL),
        ("are any categories down last month", FELL),
        (
            "has any country lost orders this month",
            {"by": "orders_change", "lessThan": 0},
        ),
    ],
)
def test_whether_any_row_did_is_answered_with_those_that_did(
    message: str, condition: Json
) -> None:
    [query] = build_new(message)

    assert query["having"] == [condition]


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        (
            "products that did not grow last month",
            {"by": "net_revenue_change", "atMost": 0},
        ),
        (
            "products that didn't grow last month",
            {"by": "net_revenue_change", "atMost": 0},
        ),
        (
            "which categories have not fallen this year",
            {"by": "net_revenue_change", "atLeast": 0},
        ),
        (
            "which categories did not lose revenue last month",
            {"by": "net_revenue_change", "atLeast": 0},
        ),
    ],
)
def test_rows_that_did_not_are_the_others(message: str, condition: Json) -> None:
    [query] = build_new(message)

    assert query["having"] == [condition]


def test_a_bound_of_what_did_not_happen_is_not_understood() -> None:
    question = parse_alone("which categories did not grow by more than 5% last month")

    assert "5%" in [each.text for each in question.unknown]


def build_ends(by: str, **ends: float) -> Json:
    return {"by": f"net_revenue_{by}", **ends}


@pytest.mark.parametrize(
    ("message", "condition"),
    [
        ("which categories are down by at most 20% this year",
         build_ends("change_percent", atLeast=-20, lessThan=0)),
        ("which categories were up by less than 5% last month",
         build_ends("change_percent", lessThan=5, moreThan=0)),
        ("which categories were up last month by 5% or less",
         build_ends("change_percent", atMost=5, moreThan=0)),
        ("which products fell by no more than 10 percent last month",
         build_ends("change_percent", atLeast=-10, lessThan=0)),
        ("countries whose revenue dropped less than 15% last month",
         build_ends("change_percent", moreThan=-15, lessThan=0)),
        ("categories that grew by less than 1000 dollars last month",
         build_ends("change", lessThan=1000, moreThan=0)),
        ("categories up between 5 and 10% last month",
         build_ends("change_percent", atLeast=5, atMost=10)),
        ("categories that fell by between 5 and 10% last month",
         build_ends("change_percent", atLeast=-10, atMost=-5)),
        ("which categories grew by more than 5% last month",
         build_ends("change_percent", moreThan=5)),
        ("which products rose at least 50 last month in units",
         {"by": "units_change", "atLeast": 50}),
        ("products whose units fell less than 10 last month",
         {"by": "units_change", "moreThan": -10, "lessThan": 0}),
        ("products whose units rose to at least 50 last month",
         {"by": "units", "atLeast": 50}),
        ("products whose units fell below 10 last month",
         {"by": "units", "lessThan": 10}),
        ("countries where orders went over 100 last month",
         {"by": "orders", "moreThan": 100}),
    ],
)  # fmt: skip
def test_a_bound_of_what_rose_or_fell_has_its_direction(
    message: str, condition: Json
) -> None:
    [query] = build_new(message)

    assert query["having"] == [condition]
