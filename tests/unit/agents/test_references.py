from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.local.references import find_order_reference, find_positions, find_quantity
from agents.local.search_terms import extract_search_terms, has_only_attributes

ORDER_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("where is my order 1042?", 1042),
        ("order #1042", 1042),
        ("order number 1042 please", 1042),
        ("#1042", 1042),
        ("1042", 1042),
        (f"what about {ORDER_ID}", UUID(ORDER_ID)),
        ("where is my order", None),
        ("cancel order 1", 1),
        ("order number 12", 12),
        ("refund order #12", 12),
        ("is order 12 shipped?", 12),
        ("where is order ABC-123", "ABC-123"),
        ("order " + "9" * 20, "9" * 20),
        ("where is order 01890a5d", "01890a5d"),
        ("order 10,278", 10278),
        ("order 10278.5", "10278.5"),
        ("where is order 10278.", 10278),
        ("order 2 lamps", None),
        ("order 2 of them", None),
        ("I want to order 2", None),
        ("cancel order: 1", 1),
        ("cancel order:10278", 10278),
        ("cancel my order (12)", 12),
        ("cancel order12", 12),
        ("cancel ORDER-1", 1),
        ("cancel order №1", 1),
        ("my order number is 12, where is it", 12),
        ("order reference 12", 12),
        ("order12 lamps", None),
        ("place the order", None),
        ("I want to order 3 lamps", None),
        ("something under 1042 dollars and over 1000", None),
    ],
)
def test_an_order_is_named_by_number_or_identifier(
    utterance: str, expected: int | UUID | str | None
) -> None:
    assert find_order_reference(utterance) == expected


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("add the second one", (2,)),
        ("the 3rd please", (3,)),
        ("number 4", (4,)),
        ("the last one", (-1,)),
        ("add the first and the third", (1, 3)),
        ("2", (2,)),
        ("my last order", ()),
        ("best sellers of last week", ()),
        ("order 1042", ()),
        ("order number 12", ()),
    ],
)
def test_positions_in_a_list(utterance: str, expected: tuple[int, ...]) -> None:
    assert find_positions(utterance) == expected


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("add 3 of them", 3),
        ("make it three", 3),
        ("put two of those in my cart", 2),
        ("buy 2 x the last one", 2),
        ("set the number of mugs to five", 5),
        ("add one to my cart", 1),
        ("I need 4 of the lamps", 4),
        ("a dozen of those", 12),
        ("add 1.5 of them", None),
        ("add the red one", None),
        ("add the second one", None),
        ("add a 2-slice toaster", None),
        ("a kettle under 40", None),
        ("cancel order 1042", None),
    ],
)
def test_quantities(utterance: str, expected: int | None) -> None:
    assert find_quantity(utterance) == expected


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("Can you show me warm jackets under $80?", "warm jackets"),
        ("find me a gaming laptop under $1000", "gaming laptop"),
        ("add the second one to my cart", ""),
        ("how about in blue", "blue"),
        ("I\u2019d like a kettle", "kettle"),
        ("kettle", "kettle"),
    ],
)
def test_search_terms_are_extracted(utterance: str, expected: str) -> None:
    assert extract_search_terms(utterance) == expected


def test_attributes_narrow_a_search_and_nouns_start_a_new_one() -> None:
    assert has_only_attributes("blue waterproof")
    assert not has_only_attributes("blue tent")


@given(st.text())
def test_no_text_makes_the_parser_raise(utterance: str) -> None:
    find_order_reference(utterance)
    find_positions(utterance)
    find_quantity(utterance)
    extract_search_terms(utterance)
