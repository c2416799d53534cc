"""What a message itself puts right is read as it is meant."""

from datetime import date

import pytest

from agents.local.insights.messages.retractions import find_retraction, take_back
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("orders in May, no wait, June", "orders June"),
        ("revenue last week, I mean last month", "revenue last month"),
        ("revenue by country, sorry, by category", "revenue by category"),
        (
            "revenue last week by country, I meant last month",
            "revenue by country last month",
        ),
        ("top 5 products. No, top 10", "top products top 10"),
        ("refunds in May, or rather returns", "in May returns"),
    ],
)
def test_what_is_meant_takes_the_place_of_what_was_said(text: str, meant: str) -> None:
    assert take_back_in(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, how many orders in May?",
        "orders in May, June and July",
        "no returns in May",
        "I mean last month",
        "revenue without returns",
    ],
)
def test_a_message_that_takes_nothing_back_stays(text: str) -> None:
    assert find_retraction(text) is None


def test_what_has_nothing_of_its_kind_before_it_stays() -> None:
    assert take_back_in("how did we do, I mean last month") is None


def take_back_in(text: str) -> str | None:
    retraction = find_retraction(text)
    assert retraction is not None
    return take_back(text, retraction, find_mentions(text, today=TODAY, matches=()))
