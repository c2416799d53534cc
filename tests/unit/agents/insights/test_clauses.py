import pytest

from agents.local.insights.messages.clauses import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("revenue by month", [["revenue by month"]]),
        ("How was May? And June?", [["How was May?"], ["And June?"]]),
        ("revenue of 1.5 l kettles. Then", [["revenue of 1.5 l kettles."], ["Then"]]),
        (
            "How many orders and how much revenue did we have",
            [["How many orders and how much revenue did we have"]],
        ),
        (
            "which category fell most, and which products in it?",
            [["which category fell most", "and which products in it?"]],
        ),
        (
            "revenue by month, then orders by week",
            [["revenue by month", "then orders by week"]],
        ),
        (
            "best category last month and the top 3 products in it",
            [["best category last month", "and the top 3 products in it"]],
        ),
        ("Q3 vs. Q3 last year", [["Q3 vs. Q3 last year"]]),
        (
            "which searches find nothing, and what does that cost us?",
            [["which searches find nothing, and what does that cost us?"]],
        ),
        (
            "Which products and which countries drove it?",
            [["Which products and which countries drove it?"]],
        ),
        ("...", []),
        ("", []),
    ],
)
def test_a_message_is_split_into_its_questions(
    text: str, sentences: list[list[str]]
) -> None:
    assert split_sentences(text) == sentences
