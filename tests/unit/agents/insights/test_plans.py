"""Sentences of what somebody is about to do, beside the question proper."""

from datetime import date

import pytest

from agents.local.insights.messages.plans import settle_plans, states_plan
from agents.local.insights.messages.questions import Reading
from agents.local.insights.question.parser import parse_question
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)
OCTOBER = {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}


def read_sentence(text: str) -> Reading:
    return Reading(text, parse_question(text, today=TODAY, matches=()), ())


@pytest.mark.parametrize(
    "text",
    [
        "I'm putting together a bestseller list.",
        "We are preparing a report on returns.",
        "I want to understand the development of our basket value.",
        "I'd like to improve our average order value.",
        "I'm curious about returns.",
        "We will present our sales to the bank.",
    ],
)
def test_a_plan_asks_for_nothing(text: str) -> None:
    assert states_plan(read_sentence(text).question)


@pytest.mark.parametrize(
    "text",
    [
        "I'm looking for the bestsellers of October.",
        "I want the revenue of October.",
        "I'd like to see revenue by country.",
        "I want to understand revenue by country.",
        "I'm wondering about our revenue.",
        "Which products sold most?",
    ],
)
def test_a_request_in_the_first_person_is_no_plan(text: str) -> None:
    assert not states_plan(read_sentence(text).question)


def test_a_plan_gives_the_question_what_it_lacks() -> None:
    plan = read_sentence("I want to understand our refunds of October.")
    [settled] = settle_plans([plan, read_sentence("Show them by country.")])
    assert settled.question.request.metrics == ["refunds"]
    assert settled.question.request.window == OCTOBER
    assert not settled.question.points_back


def test_a_figure_that_is_added_is_asked_for_with_the_one_before() -> None:
    readings = [
        read_sentence("I want to understand our refunds."),
        read_sentence("And also the orders by month."),
    ]
    assert settle_plans(readings) == readings


def test_a_plan_alone_is_kept() -> None:
    readings = [read_sentence("I'm putting together a bestseller list.")]
    assert settle_plans(readings) == readings
