"""What questions become: `questions.txt` has messages, each with the titles of its results, or with
the answer where nothing is computed. Blank lines part the dialogues."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.local.insights.words.lexicon import load_lexicon
from analytics.facts.order_facts import OrderFacts
from tests.support.insights_dialogue import InsightsAnswer, InsightsDialogue
from tests.support.order_lines import order_facts, order_line

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
PRODUCTS = [
    ("Two-Person Tent", "Outdoor", 12000),
    ("Glass Kettle", "Kitchen", 2900),
    ("Desk Lamp", "Lighting", 4900),
    ("Weekend Bag", "Bags", 8000),
    ("Garden Hose", "Garden", 2500),
    ("Steel Pan", "Kitchen", 3500),
    ("Top Hat", "New", 5000),
    ("Daily Planner", "Office", 1500),
    ("Floor Lamp", "Lighting", 9900),
    ("Picnic Blanket", "Outdoor", 3900),
]
ROWS = Path(__file__).with_name("questions.txt").read_text(encoding="utf-8")
DIALOGUES = [block.splitlines() for block in ROWS.strip().split("\n\n")]


@cache
def build_facts() -> OrderFacts:
    chance = random.Random(1)  # noqa: S311 - the same shop each time
    lines = [
        order_line(
            order_id=str(number),
            at=NOW - timedelta(days=chance.random() * 760),
            name=name,
            sku=name[:3].upper(),
            category=category,
            quantity=quantity,
            amount_minor=quantity * price,
            country=chance.choice(["US", "DE", "FR", "GB"]),
        )
        for number in range(1200)
        for name, category, price in [chance.choice(PRODUCTS)]
        for quantity in [chance.randint(1, 3)]
    ]
    return order_facts(*lines, as_of=NOW)


def describe_answer(answer: InsightsAnswer) -> str:
    if answer.titles:
        return " || ".join(answer.titles)
    return answer.text.replace("\n", " / ")


NOISE = [
    "zzz",
    "3/4/2026",
    "100",
    "$50",
    "20%",
    "Kitchen",
    "US",
    "May",
    "last week",
    "tent",
    "\u202e",
    "☕",
]
WORDS = st.sampled_from([*load_lexicon().list_phrases(), *NOISE])
MESSAGES = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=2))
def test_any_words_get_an_answer(messages: list[str]) -> None:
    agent = InsightsDialogue(
        build_facts(), home_currency="USD", zone=ZoneInfo("UTC"), now=NOW
    )

    assert all(agent.ask(message).text for message in messages)


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda rows: rows[0])
def test_a_question_becomes_this_query(dialogue: list[str]) -> None:
    agent = InsightsDialogue(
        build_facts(), home_currency="USD", zone=ZoneInfo("UTC"), now=NOW
    )

    answered = [
        row
        for message in dialogue[::2]
        for row in (
            message,
            f"= {describe_answer(agent.ask(message.removeprefix('? ')))}",
        )
    ]

    assert answered == dialogue
