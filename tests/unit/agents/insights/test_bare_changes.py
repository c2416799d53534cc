"""A change that is named before the rows that are asked for."""

from datetime import date

import pytest

from agents.local.insights.question.parser import parse_question
from agents.local.language.today import Today
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)


@pytest.mark.parametrize(
    "text",
    ["October decline: which categories?", "September's rise - which countries?"],
)
def test_the_rows_behind_a_change_are_an_explanation(text: str) -> None:
    request = parse_question(text, today=TODAY, matches=()).request
    assert request.analysis == "explain_change"


@pytest.mark.parametrize(
    "text",
    [
        "biggest drop in October: which category?",
        "Which categories declined in October?",
    ],
)
def test_rows_by_their_change_are_a_ranking(text: str) -> None:
    request = parse_question(text, today=TODAY, matches=()).request
    assert request.analysis is None
