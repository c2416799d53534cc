"""Follow-ups of a question that had no answer, and messages that start anew."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from agents.local.insights.edits.resets import is_reset, split_reset
from tests.support.insights_dialogue import InsightsAnswer, InsightsDialogue
from tests.support.order_lines import order_facts, order_line

NOW = datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
FACTS = order_facts(order_line(), order_line(order_id="2", country="DE"))


def ask_all(*messages: str) -> InsightsAnswer:
    dialogue = InsightsDialogue(
        FACTS, home_currency="USD", zone=ZoneInfo("UTC"), now=NOW
    )
    return [dialogue.ask(each) for each in messages][-1]


@pytest.mark.parametrize(
    "unanswered", ["sales of frobnicators", "margin by product", "sold in Atlantis"]
)
def test_a_follow_up_says_which_question_it_took(unanswered: str) -> None:
    answer = ask_all("revenue by month", unanswered, "and by category?")

    first, *_ = answer.text.splitlines()
    assert first == (
        "I had no answer to your last message, and go on with your earlier question on net "
        "revenue by month."
    )
    assert [each.query.group_by for each in answer.results] == [["category"]]


@pytest.mark.parametrize(
    "messages",
    [
        ["revenue by month", "and by category?"],
        ["revenue by month", "thanks", "and by category?"],
        ["revenue by month", "sales of frobnicators", "orders by country in May"],
        ["revenue by month", "sales of frobnicators", "by category", "and by country?"],
    ],
)
def test_nothing_is_said_of_an_answered_question(messages: list[str]) -> None:
    assert "I had no answer" not in ask_all(*messages).text


def test_a_refused_query_is_what_the_next_message_changes() -> None:
    answer = ask_all("revenue by month", "orders in Japan in 2026", "in Germany then")

    [result] = answer.results
    assert result.query.metrics == ["orders"]
    assert result.query.group_by == []


@pytest.mark.parametrize(
    "text",
    [
        "reset", "Start over!", "forget that", "forget everything", "new question",
        "ok, let's start again from scratch please", "another topic", "clear the history",
        "restart", "something else",
    ],
)  # fmt: skip
def test_these_start_anew(text: str) -> None:
    assert is_reset(text)


@pytest.mark.parametrize(
    "text",
    [
        "don't reset", "forget Germany", "forget the last step", "start of the year", "undo that",
        "another product", "new customers", "revenue since the start", "clear",
    ],
)  # fmt: skip
def test_these_do_not(text: str) -> None:
    assert not is_reset(text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("new question: revenue by month", "revenue by month"),
        ("Start over. Orders in May?", "Orders in May?"),
        ("revenue: by month", None),
        ("reset", None),
    ],
)
def test_a_question_may_follow(text: str, rest: str | None) -> None:
    assert split_reset(text) == rest


def test_what_was_asked_before_is_gone() -> None:
    assert "stands by itself" in ask_all("revenue by month", "reset").text
    assert not ask_all("revenue by month", "reset", "and by category?").results
    assert not ask_all("revenue by month", "reset", "undo that").results
