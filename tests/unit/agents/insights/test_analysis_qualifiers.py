"""What says more of an analysis, and says nothing where none is asked for."""

import pytest

from tests.support.insights_questions import parse_follow_up, read_request


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("orders by month, downside only", ["downside"]),
        ("revenue of the life range", ["life"]),
        ("orders, horizon of May", ["horizon"]),
    ],
)
def test_words_of_an_analysis_are_not_known_next_to_figures(
    text: str, unknown: list[str]
) -> None:
    assert {*unknown} <= {*read_request(text)[1]}


def test_words_of_the_analysis_before_say_more_of_it() -> None:
    text = "extend the horizon to 8 weeks"
    question = parse_follow_up(text, analysis="forecast")

    assert (question.request.of_analysis, question.request.number) == ("forecast", 8)
    assert question.unknown == ()
    assert parse_follow_up(text, analysis="rfm").unknown != ()
