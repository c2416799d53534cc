"""What a message is to the one before it."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.queries.follow_ups import (
    Earlier,
    is_follow_up,
    is_fragment,
    restates_question,
)
from tests.support.insights_questions import read_question

ORDERS_BY_CATEGORY: Json = {"metrics": ["orders"], "groupBy": ["category"]}
BEST_OF_EACH: Json = {
    "metrics": ["net_revenue"],
    "groupBy": ["country", "product"],
    "limitBy": ["country"],
    "limit": 1,
}
OCTOBER: Json = {
    "metrics": ["orders"],
    "window": {"firstDay": "2026-10-01", "lastDay": "2026-10-31"},
}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (ORDERS_BY_CATEGORY, "refunds"),
        (ORDERS_BY_CATEGORY, "which countries"),
        (ORDERS_BY_CATEGORY, "which category is at the top?"),
        (ORDERS_BY_CATEGORY, "orders in May instead"),
        (ORDERS_BY_CATEGORY, "what were the best products in May then"),
        (ORDERS_BY_CATEGORY, "how many of each were sold?"),
        (ORDERS_BY_CATEGORY, "revenue by country without the categories"),
        (OCTOBER, "on which day the most?"),
        (OCTOBER, "what did we take the day before"),
        (OCTOBER, "top category versus Q2"),
        (BEST_OF_EACH, "top category?"),
    ],
)
def test_some_messages_change_the_query_before(query: Json, message: str) -> None:
    assert is_follow_up(read_question(message, follows=True), Earlier(query, {}))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (ORDERS_BY_CATEGORY, "orders in May"),
        (ORDERS_BY_CATEGORY, "also the orders in May"),
        (ORDERS_BY_CATEGORY, "revenue by country in May"),
        (ORDERS_BY_CATEGORY, "top category in May?"),
        (ORDERS_BY_CATEGORY, "top product?"),
        (OCTOBER, "in which month the most?"),
        (OCTOBER, "is revenue up on last month"),
        (OCTOBER, "countries with over 100 orders"),
    ],
)
def test_others_are_questions_of_their_own(query: Json, message: str) -> None:
    assert not is_follow_up(read_question(message, follows=True), Earlier(query, {}))


@pytest.mark.parametrize(
    "sentence", ["only Germany", "in May", "by country", "take October", "refund rate"]
)
def test_some_sentences_only_say_more(sentence: str) -> None:
    assert is_fragment(read_question(sentence))


@pytest.mark.parametrize(
    "sentence", ["how many orders", "revenue by country", "again", "hello"]
)
def test_others_say_something_by_themselves(sentence: str) -> None:
    assert not is_fragment(read_question(sentence))


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("when does revenue come in on Saturdays?", "revenue by hour, please"),
        ("orders in May", "orders by country"),
        ("how many customers ordered in May", "orders by country"),
        ("forecast revenue", "forecast of revenue"),
    ],
)
def test_a_question_may_be_asked_in_other_words(before: str, sentence: str) -> None:
    assert restates_question(read_question(sentence), read_question(before))


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ("orders in May", "revenue by country"),
        ("orders in May", "orders in June"),
        ("orders in May", "orders of Germany"),
        ("orders in May", "how many orders by country"),
        ("orders by month", "orders by country"),
        ("orders", "forecast of orders"),
    ],
)
def test_another_question_is_none_in_other_words(before: str, sentence: str) -> None:
    assert not restates_question(read_question(sentence), read_question(before))
