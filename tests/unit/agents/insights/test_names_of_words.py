"""Names of the shop that are words of a question, too: it is said which was taken."""

import pytest

from agents.local.insights.question.parser import parse_question
from tests.support.insights_questions import TODAY
from webapp.insights.query.values import MatchKind, ValueMatch


def list_notes(text: str, written: str, name: str) -> list[str]:
    start = text.index(written)
    match = ValueMatch(
        dimension="tag",
        value=name,
        start=start,
        end=start + len(written),
        kind=MatchKind.WHOLE,
    )
    return list(parse_question(text, today=TODAY, matches=[match]).notes)


@pytest.mark.parametrize(
    ("text", "written", "name"),
    [
        ("summer sales 2026", "summer sales", "summer sale"),
        ("orders of summer sale by month", "summer sale", "summer sale"),
        ("revenue of winter sales", "winter sales", "winter sales"),
    ],
)
def test_it_is_said_that_a_name_was_taken(text: str, written: str, name: str) -> None:
    [note] = list_notes(text, written, name)

    assert note.startswith(f"I took “{written}” for the tag of that name")


@pytest.mark.parametrize(
    ("text", "written", "name"),
    [
        ("revenue of hiking boots", "hiking boots", "hiking boots"),
        ("revenue of the tag summer sale", "summer sale", "summer sale"),
        ("units of clearance", "clearance", "clearance"),
    ],
)
def test_other_names_need_no_word(text: str, written: str, name: str) -> None:
    assert list_notes(text, written, name) == []
