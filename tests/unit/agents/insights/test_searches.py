"""What a question about searches says was searched for, and what it does not."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.insights_dialogue import InsightsDialogue
from tests.support.order_lines import order_facts, order_line
from tests.support.search_facts import build_query_day, build_search_facts

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
BEST_FIRST = "sorted by searches, the greatest first"
QUERIES = ("gift card", "glass kettle", "month", "blue kettle")


def ask(*messages: str) -> str:
    """The title of the result of the last message, else the answer."""
    days = [
        build_query_day(date(2026, 10, 5), query, ZONE, searches=number)
        for number, query in enumerate(QUERIES, 1)
    ]
    lines = [order_line(order_id="1", name="Glass Kettle", sku="GLA")]
    dialogue = InsightsDialogue(
        order_facts(*lines, as_of=NOW),
        home_currency="USD",
        zone=ZONE,
        now=NOW,
        others=build_search_facts(days),
    )
    *_, answer = map(dialogue.ask, messages)
    return answer.titles[0] if answer.titles else answer.text


@pytest.mark.parametrize(
    ("message", "title"),
    [
        (
            "how often was gift card searched",
            "Searches, {}, only search query gift card",
        ),
        (
            "did people look for 'gift card'?",
            "Searches, {}, only search query gift card",
        ),
        (
            "did people look for blue kettle?",
            "Searches, {}, only search query blue kettle",
        ),
        (
            "clicks on the glass kettle",
            "Search clicks, {}, only search query glass kettle",
        ),
        (
            "how often did gift card find nothing",
            "Searches without results, {}, only search query gift card",
        ),
        (
            "searches for gift card vs glass kettle",
            "Searches by search query, {}, only search query gift card or glass kettle",
        ),
        ("searches by month", "Searches by month, {}"),
        ("searches for “month”", "Searches, {}, only search query month"),
    ],
)
def test_what_was_searched_for_is_a_filter(message: str, title: str) -> None:
    assert ask(message) == f"{title.format('everything so far')}, UTC"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("searches for lego last month", "lego"),
        ("was red kettle searched for?", "red kettle"),
        ("did anyone look for 'lord of the rings'?", "lord of the rings"),
        ("searches for the lord of the rings in October", "lord of the rings"),
    ],
)
def test_what_nobody_searched_for_is_named(message: str, text: str) -> None:
    assert ask(message).startswith(f"No search has the search query {text}")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("searches on mobile last month", "mobile"),
        ("revenue from search last month", "search"),
        ("search for products with revenue over 100", "search for"),
    ],
)
def test_what_is_no_search_is_named(message: str, words: str) -> None:
    assert f"“{words}”" in ask(message)


def test_another_text_is_a_follow_up() -> None:
    title = "Searches, October 2026, only search query {}, UTC"

    first = "searches for gift card last month"
    assert ask(first) == title.format("gift card")
    assert ask(first, "and for glass kettle?") == title.format("glass kettle")
    assert ask(first, "blue kettle?") == title.format("blue kettle")
    assert ask(first, "lego?") == "No search has the search query lego."
    assert ask(first, "what about lego?") == "No search has the search query lego."


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("top search each month", "Top search query by searches of each month, {}"),
        (
            "most searched terms in October",
            f"Searches by search query, October 2026, {BEST_FIRST}",
        ),
        (
            "what was searched most last month?",
            f"Searches by search query, October 2026, {BEST_FIRST}, the first",
        ),
    ],
)
def test_queries_are_ranked(message: str, title: str) -> None:
    assert ask(message) == f"{title.format('everything so far')}, UTC"
