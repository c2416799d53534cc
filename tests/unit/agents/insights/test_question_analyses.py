"""What says more of an analysis, and says nothing where none is asked for."""

from datetime import date

import pytest

from agents.local.insights.draft import Request
from agents.local.insights.question_parser import parse_question

TODAY = date(2026, 11, 18)


def read(text: str, *, analysis: str | None = None) -> tuple[Request, list[str]]:
    """The request, and what is not known."""
    question = parse_question(
        text, today=TODAY, matches=(), follows=analysis is not None, analysis=analysis
    )
    return question.request, [each.text for each in question.unknown]


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("weekly anomalies, downside only", "drops"),
        ("positive outliers in orders", "spikes"),
        ("anomalies in orders, either way", None),
        ("days with orders far above normal", "spikes"),
        ("anomalies in orders, not the drops", "spikes"),
    ],
)
def test_a_direction_is_read_where_it_is_said(text: str, direction: str | None) -> None:
    request, unknown = read(text)

    assert request.analysis == "anomalies"
    assert request.direction == direction
    assert unknown == []


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
    assert {*unknown} <= {*read(text)[1]}


def test_words_of_the_analysis_before_say_more_of_it() -> None:
    request, unknown = read("extend the horizon to 8 weeks", analysis="forecast")

    assert (request.of_analysis, request.number, unknown) == ("forecast", 8, [])
    assert read("extend the horizon to 8 weeks", analysis="rfm")[1] != []


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("retention, months 1 to 4", 4),
        ("lifetime value over the half year after their first order", 6),
    ],
)
def test_months_of_a_life_are_no_times(text: str, months: int) -> None:
    request, unknown = read(text)

    assert (request.months, request.window, unknown) == (months, None, [])


def test_a_number_of_pairs_is_that_of_rows() -> None:
    assert read("the ten pairs of products bought together")[0].limit == 10


@pytest.mark.parametrize(
    "text", ["the number of products behind 80% of revenue", "how many make up 80%"]
)
def test_what_makes_up_a_class_is_a_concentration(text: str) -> None:
    request, _ = read(text)

    assert request.analysis == "concentration"
    assert request.bounds == []


def test_a_change_between_two_times_is_that_of_the_second_one() -> None:
    request, _ = read("drivers of the revenue change, August to September")

    assert request.window == {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}
    assert request.compare_to == {"firstDay": "2026-08-01", "lastDay": "2026-08-31"}
