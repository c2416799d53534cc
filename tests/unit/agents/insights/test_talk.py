"""Talk around a question, which is known by its class."""

from datetime import date

import pytest

from agents.local.insights.messages.small_talk import find_foreign_answer
from agents.local.insights.talk.phrases import find_talk
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.language.today import Today
from agents.local.language.tokens import split_tokens
from tests.support.insights_questions import read_question
from webapp.insights.query.values import MatchKind, ValueMatch
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)


def mark_talk(text: str) -> str:
    """The text with its talk in brackets."""
    tokens = split_tokens(text)
    for talk in reversed(find_talk(tokens, is_free=lambda _: True)):
        start, end = tokens[talk.start].start, tokens[talk.end - 1].end
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    "text",
    [
        "revenue [for the board meeting tomorrow]",
        "[For the balance sheet]: stock value",
        "[I am preparing the slides for our meeting with the publishers]",
        "[Gary from logistics keeps asking] how many units",
        "[my accountant needs] the tax, [she is in a hurry]",
        "revenue, [so I can tell my boss]",
        "[This is Anna from marketing], orders by week",
        "[its me], [on the phone], sales [just the number]",
        "[Sorry to bother you on a Sunday], refunds",
        "orders [because the bank wants it]",
        "refunds in May, [could you look it up]?",
        "[I have to explain it to my partner]",
        "customers, [each one only once] please, [even if they ordered twice]",
        "units in May, [my colleague needs it by noon]",
        "[if it's not too much work], orders",
        "revenue [before the meeting at 3]",
        "[For the sales tax check] customers by state",
        "[For my Monday report] orders of last week",
        "[I'm closing the books] for June",
        "[I have the feeling that] orders fell",
        "orders in May, [it's for the packing team]",
        "[I wonder] who buys, [could you count them] for this year",
    ],
)
def test_talk_is_known_by_its_class(text: str) -> None:
    assert mark_talk(text.replace("[", "").replace("]", "")) == text


@pytest.mark.parametrize(
    "text",
    [
        "revenue for the wholesalers",
        "orders by phone",
        "revenue for last week's report",
        "revenue for this week's report",
        "no more than 5 orders",
        "what do people search for",
        "who buys the most",
        "customers who ordered once",
        "orders by noon",
        "look up the orders",
        "could you count them by month",
        "revenue for the October report",
        "I need the monthly refunds report",
        "orders for the customers in Leeds",
    ],
)
def test_what_may_narrow_figures_is_no_talk(text: str) -> None:
    assert mark_talk(text) == text


def test_a_name_of_the_shop_is_no_talk() -> None:
    text = "units of For the Record in May"
    name = ValueMatch(
        dimension="product",
        value="For the Record",
        start=9,
        end=23,
        kind=MatchKind.WHOLE,
    )

    mentions = find_mentions(text, today=TODAY, matches=[name])

    assert [each.text for each in mentions if each.values] == ["For the Record"]


def test_what_is_sold_is_no_occasion() -> None:
    coffee = {"dimension": "category", "in": ["Coffee"]}

    assert read_question("revenue in October for coffee").request.filters == [coffee]
    assert read_question("revenue in October for a coffee break").request.filters == []
    assert read_question("revenue in October for lunch").request.filters == []


@pytest.mark.parametrize(
    ("text", "beginning"),
    [("先月の売上", "申し訳"), ("上个月的收入", "抱歉"), ("지난달 매출", "죄송합니다")],
)
def test_other_scripts_are_answered_in_their_language(
    text: str, beginning: str
) -> None:
    answer = find_foreign_answer(text, known=0)

    assert answer is not None
    assert answer.startswith(beginning)
