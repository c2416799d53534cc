"""Clauses that state something and ask for nothing, known by their shape."""

from datetime import date

import pytest

from agents.local.insights.talk.statements import is_claimed, is_stated, names_stranger
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)


@pytest.mark.parametrize(
    "text",
    [
        "we plan a newsletter",
        "settle an argument for us please",
        "don't laugh",
        "humour me",
        "spill the beans",
        "they won't stop calling",
        "I want to see how fast we are getting there",
        "I'm looking for a quiet day for repairs",
        "I'm thinking about what to drop from the range",
        "I'd like to tidy up the range",
        "so I know whether to call in extra help",
        "because I need it for my cash planning",
        "the courier comes at 12",
        "our supplier raised the prices",
        "my shipping contract gets cheaper",
        "visitors complain that they can't find things",
        "numbers are hard to read",
        "the list is too long",
        "that's too jumpy",
        "it doesn't look normal",
        "that can't be right",
        "it was a slow month",
        "to negotiate a better rate",
        "in order to plan the staff",
        "I'm deciding which ones to feature",
        "we only pack on weekdays",
        "a customer just called",
        "our photographer needs a list for the shoot",
        "I'd like to see if the promo worked",
        "I'm wondering where it's not worth advertising any more",
        "to see whether the flyer helped",
        "for staffing the packing table",
        "thinking of hiring help",
        "need it for the landlord",
        "something feels off lately",
        "I was off that day",
        "I was looking at the bank account",
        "we can't find the report",
    ],
)
def test_what_somebody_does_or_what_something_is_like_asks_for_nothing(
    text: str,
) -> None:
    assert is_stated(find_mentions(text, today=TODAY, matches=()))


@pytest.mark.parametrize(
    "text",
    [
        "I want wholesale",
        "I need the gift wrapped ones",
        "I want to see the frobnicated ones",
        "I'd like to exclude samples",
        "I'm looking for frobs",
        "I mean the wholesale ones",
        "I wonder how many frobs there are",
        "we sold more in May",
        "we exclude wholesale",
        "it must be without wholesale",
        "it excludes wholesale",
        "it is for wholesale",
        "the orders that are gift wrapped",
        "the wholesale orders",
        "without samples",
        "revenue of frobs",
        "how is the garden doing",
        "frobs by month",
        "to date",
        "to compare with frobs",
        "my boss wants the margin",
        "I wonder if orders of frobs grew",
        "can you check whether frobs were better",
        "for buying frobs",
        "for the hammer",
        "looking for frobs",
        "need the frobs",
        "I'm talking about frobs",
        "anomalies were off",
    ],
)
def test_what_may_be_asked_for_is_no_statement(text: str) -> None:
    assert not is_stated(find_mentions(text, today=TODAY, matches=()))


def test_a_stranger_with_a_name_may_be_what_a_question_is_about() -> None:
    def names(text: str) -> bool:
        return names_stranger(find_mentions(text, today=TODAY, matches=()))

    assert names("the Frobnicator is our favourite")
    assert not names("the courier is late")
    assert not names("We are late")


@pytest.mark.parametrize(
    ("text", "is_claim"),
    [
        ("May was our best month", True),
        ("refunds look high", True),
        ("what was our best month", False),
        ("refunds are only for Germany", False),
        ("revenue in May", False),
        ("is May our best month", False),
    ],
)
def test_a_sentence_may_say_what_figures_are(text: str, *, is_claim: bool) -> None:
    mentions = find_mentions(text, today=TODAY, matches=())

    assert is_claimed(mentions) is is_claim
