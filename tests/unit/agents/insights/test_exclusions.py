"""What is left out of the figures: also several values, of several dimensions."""

import pytest

from agents.local.dialogue_state import Json
from tests.support.insights_questions import read_question

GERMANY = {"dimension": "country", "notIn": ["DE"]}
KITCHEN = {"dimension": "category", "notIn": ["Kitchen"]}
GUESTS = {"dimension": "customer_type", "notIn": ["guest"]}


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("revenue excluding Germany and guests", [GERMANY, GUESTS]),
        ("orders without guests or Germany in October", [GUESTS, GERMANY]),
        ("orders except guests, Germany and Kitchen", [GUESTS, GERMANY, KITCHEN]),
        ("orders leaving out Kitchen as well as Germany", [KITCHEN, GERMANY]),
        ("orders without Germany and the Kitchen", [GERMANY, KITCHEN]),
        ("orders, not from guests and not from Germany", [GUESTS, GERMANY]),
        ("orders without Germany and without guests", [GERMANY, GUESTS]),
        (
            "revenue in France, not guests and not Kitchen",
            [{"dimension": "country", "in": ["FR"]}, GUESTS, KITCHEN],
        ),
        (
            "revenue from France and not Kitchen",
            [{"dimension": "country", "in": ["FR"]}, KITCHEN],
        ),
    ],
)
def test_what_is_joined_to_what_is_left_out_is_left_out(
    text: str, filters: list[Json]
) -> None:
    assert read_question(text).request.filters == filters


@pytest.mark.parametrize(
    "text",
    [
        "revenue without Germany and only guests",
        "revenue without Germany and with guests",
        "revenue without Germany and just for guests",
    ],
)
def test_what_is_named_in_another_way_is_kept(text: str) -> None:
    guests = {"dimension": "customer_type", "in": ["guest"]}

    assert read_question(text).request.filters == [GERMANY, guests]


def test_of_values_of_one_dimension_the_one_that_is_denied_says_nothing() -> None:
    question = read_question("orders from Germany and not France")

    assert question.request.filters == [{"dimension": "country", "in": ["DE"]}]
