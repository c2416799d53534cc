"""What the local insights agent reads in a message and builds of it, without facts or a skill."""

from datetime import date

from agents.local.dialogue_state import Json
from agents.local.insights.queries.builder import build_queries
from agents.local.insights.queries.follow_ups import Earlier
from agents.local.insights.question.draft import Request
from agents.local.insights.question.parser import parse_question
from agents.local.insights.question.question import Question
from agents.local.language.today import Today
from webapp.insights.query.values import MatchKind, ValueMatch
from webapp.kit.weeks import WeekStart

TODAY = Today(date(2026, 11, 18), WeekStart.MONDAY)
NAMES = {
    "Germany": ("country", "DE"),
    "France": ("country", "FR"),
    "Kitchen": ("category", "Kitchen"),
    "Garden": ("category", "Garden"),
    "coffee": ("category", "Coffee"),
    "Friday": ("brand", "Friday"),
}


def read_question(text: str, *, follows: bool = False) -> Question:
    matches = [
        ValueMatch(
            dimension=dimension,
            value=value,
            start=text.index(name),
            end=text.index(name) + len(name),
            kind=MatchKind.WHOLE,
        )
        for name, (dimension, value) in NAMES.items()
        if name in text
    ]
    return parse_question(text, today=TODAY, matches=matches, follows=follows)


def parse_alone(text: str) -> Question:
    """Without names of a shop."""
    return parse_question(text, today=TODAY, matches=())


def parse_follow_up(text: str, *, analysis: str | None = None) -> Question:
    """`analysis` is the name of the one before."""
    return parse_question(
        text, today=TODAY, matches=(), follows=True, analysis=analysis
    )


def parse_request(text: str, *, follows: bool = False) -> Request:
    question = parse_follow_up(text) if follows else parse_alone(text)
    return question.request


def read_request(text: str) -> tuple[Request, list[str]]:
    """With the words that are not known."""
    question = parse_alone(text)
    return question.request, [each.text for each in question.unknown]


def build_new(text: str) -> list[Json]:
    """The queries of a message that is the first one."""
    return build_queries(read_question(text), today=TODAY, earlier=None)


def build_change(
    query: Json, text: str, *, first_row: Json | None = None, row_count: int = 20
) -> Json:
    """What a message changes in the query before: parts that are new, and `None` for those that
    are not there any more."""
    earlier = Earlier(query, first_row or {}, row_count)
    question = read_question(text, follows=True)
    [changed] = build_queries(question, today=TODAY, earlier=earlier)
    gone = {name: None for name in query if name not in changed}
    return gone | {
        name: part for name, part in changed.items() if part != query.get(name)
    }
