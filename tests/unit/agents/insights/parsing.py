"""Parses questions as of one day, without names of a shop."""

from datetime import date

from agents.local.insights.question.draft import Request
from agents.local.insights.question.parser import parse_question
from agents.local.insights.question.question import Question

TODAY = date(2026, 11, 18)


def parse_alone(text: str) -> Question:
    return parse_question(text, today=TODAY, matches=())


def parse_follow_up(text: str, *, analysis: str | None = None) -> Question:
    """`analysis` is the name of the one before."""
    return parse_question(
        text, today=TODAY, matches=(), follows=True, analysis=analysis
    )


def read_request(text: str) -> tuple[Request, list[str]]:
    """With the words that are not known."""
    question = parse_alone(text)
    return question.request, [each.text for each in question.unknown]
