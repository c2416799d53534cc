"""A claim, and the question whether it is so, are one question."""

import pytest

from agents.local.insights.messages.claims import ask_claims


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "My partner says orders went up in May. Is she right?",
            "orders went up in May?",
        ),
        (
            "I had the feeling that revenue fell in May. Is that so?",
            "revenue fell in May?",
        ),
        (
            "Kitchen sells more than Garden. Does it, by revenue this year?",
            "Kitchen sells more than Garden, by revenue this year?",
        ),
        ("Refunds are up this month, aren't they?", "Refunds are up this month?"),
        (
            "Hello. Orders rose in May, I would bet on it. True?",
            "Hello. Orders rose in May, I would bet on it?",
        ),
        (
            "I could swear we had days with more than 20 orders. Which ones?",
            "we had days with more than 20 orders?",
        ),
    ],
)
def test_whether_a_claim_is_so_is_asked_of_the_claim(text: str, asked: str) -> None:
    assert ask_claims(text).casefold() == asked.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "What was our revenue in May? Is that right?",
        "The courier is late. Is that so?",
        "Orders rose in May. Is it Germany?",
        "Orders rose in May. Is she right? Orders by month please",
        "Orders rose in May. Do they buy more books?",
        "revenue in May",
    ],
)
def test_other_messages_stay_as_they_are(text: str) -> None:
    assert ask_claims(text) == text
