"""Clauses around a question that ask for nothing, and what the question takes from them."""

from datetime import date

import pytest

from agents.local.insights.talk.asides import part_mentions
from agents.local.insights.words.mention_finder import find_mentions
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)


def list_parts(text: str) -> tuple[list[str], list[str]]:
    """What is asked, and what is left out."""
    parted = part_mentions(text, find_mentions(text, today=TODAY, matches=()))
    return (
        [each.text for each in parted.asked],
        [text[clause[0].start : clause[-1].end] for clause in parted.left_out],
    )


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("I run a shop in Leeds, revenue in May", ["I run a shop in Leeds"]),
        ("revenue in May, my landlord is nervous", ["my landlord is nervous"]),
        (
            "my boss thinks nobody buys on Sundays, revenue in May",
            ["my boss thinks nobody buys on Sundays"],
        ),
        (
            "the new intern broke the sheet so I need revenue in May",
            ["the new intern broke the sheet"],
        ),
    ],
)
def test_a_clause_that_asks_for_nothing_is_left_out(
    text: str, left_out: list[str]
) -> None:
    asked, found = list_parts(text)

    assert [each.strip(" ,") for each in found] == left_out
    assert {"revenue", "in May"} <= set(asked)
    assert "nobody" not in asked


@pytest.mark.parametrize(
    "text",
    [
        "revenue in May, only wholesale",
        "revenue in May, from wholesale",
        "I want wholesale, revenue in May",
        "revenue by foobar in May",
        "revenue of Kitchen, Foobar and Garden",
        "my boss thinks revenue fell in May",
    ],
)
def test_a_clause_that_may_narrow_the_question_is_a_part_of_it(text: str) -> None:
    assert list_parts(text)[1] == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "we ran an ad in the week of 5 October, revenue in that week",
            ["revenue", "in", "in the week of 5 October"],
        ),
        ("I was ill in August, revenue then", ["revenue", "in August"]),
        ("I was ill in August, revenue in May", ["revenue", "in May"]),
    ],
)
def test_a_question_points_at_the_time_that_talk_names(
    text: str, asked: list[str]
) -> None:
    parted = part_mentions(text, find_mentions(text, today=TODAY, matches=()))

    assert [each.text for each in parted.asked if each.text != ","] == asked


def test_praise_of_the_answer_before_is_no_part_of_a_question() -> None:
    assert list_parts("Great, now by month")[0][:2] != ["Great", ","]
    assert "high" in list_parts("high, by month")[0]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "Our supplier takes ten days to deliver, what should we reorder?",
            ["supplier", "takes", "ten", "days"],
        ),
        (
            "I'm doing the shift plan for next week, how many orders can we expect?",
            ["for next week"],
        ),
        ("We had a slow September, why did orders drop?", ["September"]),
    ],
)
def test_what_an_analysis_needs_is_kept_of_talk_before_it(
    text: str, asked: list[str]
) -> None:
    said, _ = list_parts(text)

    assert {*asked} <= {each.strip() for each in said}


def test_figures_take_no_time_of_talk() -> None:
    said, left_out = list_parts(
        "I'm doing the shift plan for next week, how many orders did we have in May?"
    )

    assert "for next week" not in said
    assert left_out


def test_a_question_is_of_the_time_that_somebody_is_busy_with() -> None:
    asked, _ = list_parts("I'm closing the books for June, how many orders?")
    other, _ = list_parts("I'm closing the books for June, how many orders in May?")
    still_to_come, _ = list_parts(
        "I'm planning the rota for next week, how many orders?"
    )

    assert "for June" in asked
    assert "for June" not in other
    assert "for next week" not in still_to_come


def test_what_a_question_points_at_is_part_of_it_where_no_figures_are_of_it() -> None:
    about, _ = list_parts("somebody asked me about frobs, how many did we sell")
    courier, _ = list_parts("the courier was late, how many did we sell")

    assert "frobs" in about
    assert "late" not in courier


def test_those_two_days_are_the_time_before() -> None:
    asked, _ = list_parts("we had a fire at the weekend, orders on those two days")

    assert "at the weekend" in asked


def test_talk_behind_a_forecast_says_its_time() -> None:
    asked, _ = list_parts(
        "How many orders can we expect? I'm doing the shift plan for next week."
    )

    assert "for next week" in asked


def test_what_talk_is_about_stands_for_what_a_question_points_at() -> None:
    asked, _ = list_parts("a supplier asked about frobs, what was their revenue")

    assert "frobs" in asked
    assert "supplier" not in asked
