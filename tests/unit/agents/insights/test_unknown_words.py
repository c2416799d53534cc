"""What is not known is named, and left out when the user says so."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.insights_dialogue import InsightsAnswer, InsightsDialogue
from tests.support.order_lines import order_facts, order_line

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
OFFER = "Or shall I answer without it?"


def ask(*messages: str) -> list[InsightsAnswer]:
    lines = [
        order_line(
            order_id=category,
            sku=category,
            category=category,
            country=country,
            at=NOW - timedelta(days=30),
        )
        for category, country in (("Kitchen", "US"), ("Garden", "DE"))
    ]
    dialogue = InsightsDialogue(
        order_facts(*lines, as_of=NOW),
        home_currency="USD",
        zone=ZoneInfo("UTC"),
        now=NOW,
    )
    return [dialogue.ask(each) for each in messages]


@pytest.mark.parametrize(
    "agreement",
    [
        "yes",
        "Yes please!",
        "ok, go ahead",
        "sure, leave it out",
        "ignore that",
        "without it",
        "yes, without them please",
    ],
)
def test_words_that_are_not_known_are_left_out_when_the_user_agrees(
    agreement: str,
) -> None:
    refused, answer = ask("revenue of flibbers in October", agreement)

    assert not refused.results
    assert "“flibbers”" in refused.text
    assert refused.text.endswith(OFFER)
    assert answer.text.startswith("I left out “flibbers”.\n")
    assert answer.titles == ["Net revenue, October 2026, UTC"]


def test_a_change_without_its_unknown_words_is_one_of_the_figures_before() -> None:
    *_, answer, further = ask(
        "revenue in October",
        "only for zorbing Kitchen",
        "yes",
        "and by country?",
    )

    assert answer.titles == ["Net revenue, October 2026, only category Kitchen, UTC"]
    assert further.titles == [
        "Net revenue by country, October 2026, only category Kitchen, UTC"
    ]


@pytest.mark.parametrize(
    "message",
    ["zorbing", "what is the meaning of life", "margin of flibbers in October"],
)
def test_nothing_is_offered_where_the_other_words_are_no_question(message: str) -> None:
    [answer] = ask(message)

    assert OFFER not in answer.text


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("units by category", "Units sold by category, everything so far, UTC"),
        ("orders, yes", "Orders, everything so far, UTC"),
    ],
)
def test_another_question_is_answered_instead(message: str, title: str) -> None:
    _, answer = ask("revenue of flibbers in October", message)

    assert answer.titles == [title]


def test_yes_is_no_answer_to_anything_else() -> None:
    first, second = ask("margin by month", "yes")

    assert not first.results
    assert not second.results
