"""Turns of phrase are written as the words that the rules know, and others stay as they are."""

import pytest

from agents.local.insights.words.rewordings import reword_text

REWORDED = [
    ("us revenue last month", "US revenue last month"),
    ("orders from us customers", "orders from US customers"),
    ("sales by week for the us market", "sales by week for the US market"),
    ("Sep to Oct revenue comparison", "compare Sep to Oct revenue"),
    ("comparison of orders May to June", "compare orders May to June"),
    ("March to April orders, compared", "compare March to April orders"),
    ("revenue in May, weekday orders only", "revenue in May, weekdays only"),
    ("revenue in May, just weekday sales", "revenue in May, weekdays only"),
    ("what we turned over in May", "what we earned in May"),
    ("orders later than 10 October", "orders after 10 October"),
    ("orders earlier than May 3", "orders before May 3"),
    (
        "last month better than the one before?",
        "last month better than the month before?",
    ),
    ("this week against the previous one", "this week against the week before"),
    ("leave out everything that is below 400", "leave out everything below 400"),
    ("only products which are over 90", "only products over 90"),
    ("Drill down to product level.", "split by product."),
    ("go to the country level", "split by country"),
    (
        'how often was "gift card" typed into our search',
        'how often was "gift card" typed into our search',
    ),
    ('people typed "gift card" into our search box', 'people searched for "gift card"'),
    ("what moved net revenue in May", "what drove net revenue in May"),
    ("how much has come in this week", "how much did we take this week"),
    (
        "top category + its 3 best products",
        "top category, and which 3 best products in it",
    ),
    (
        "the best country plus its top three items",
        "the best country, and which top three items in it",
    ),
    (
        "which brand led and, within that one, the two products with the highest revenue",
        "which brand led, and which two products in it with the highest revenue",
    ),
]
UNCHANGED = [
    "give us revenue and orders",
    "what do people buy from us most",
    "let us customers decide",
    "how many customers order from us a second time",
    "orders by weekday only for France",
    "compare May to June",
    "in comparison to May",
    "what moved most in May",
    "the best products and their return rate",
    "all categories, each with its top product this year",
    "countries with their best 3 products",
    "orders not later than noon",
    "did the product do better than the one in red",
]


@pytest.mark.parametrize(("text", "written"), REWORDED)
def test_a_turn_of_phrase_is_written_as_words_that_are_known(
    text: str, written: str
) -> None:
    assert reword_text(text) == written


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert reword_text(text) == text
