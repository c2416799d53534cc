"""Short replies: yes to an offer, and which of two is meant."""

import pytest

from agents.local.insights.messages.replies import (
    is_agreeing,
    is_choice,
    is_first,
    is_of_both,
    is_sum,
)


@pytest.mark.parametrize(
    "text", ["yes", "Yes please!", "ok, leave it out", "skip that", "yes, without them"]
)
def test_a_reply_says_yes(text: str) -> None:
    assert is_agreeing(text)


@pytest.mark.parametrize("text", ["", "please", "no", "yes, but by month", "skip May"])
def test_a_reply_that_says_no_or_more_is_no_yes(text: str) -> None:
    assert not is_agreeing(text)


@pytest.mark.parametrize(
    "text",
    ["both", "the other one", "show me the other one again", "both of them please"],
)
def test_a_reply_says_which_of_two_is_meant(text: str) -> None:
    assert is_choice(text)


@pytest.mark.parametrize(
    "text", ["the total of both", "add both", "again", "both in May"]
)
def test_a_reply_that_says_more_is_a_question(text: str) -> None:
    assert not is_choice(text)


def test_the_first_one_is_that_of_all() -> None:
    assert is_first("back to the first table please")
    assert is_choice("back to the first table please")
    assert not is_first("the other one")


def test_both_are_meant_side_by_side_or_in_one_figure() -> None:
    assert is_of_both("both")
    assert not is_of_both("the other one")
    assert is_sum("both together?")
    assert not is_sum("both")
