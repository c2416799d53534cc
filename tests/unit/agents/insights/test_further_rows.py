"""Which rows of the figures before are wanted."""

import pytest

from tests.support.insights_questions import parse_alone, parse_follow_up


@pytest.mark.parametrize(
    ("text", "start", "limit"),
    [
        ("next 5", None, 5),
        ("show me more", None, None),
        ("numbers 6 to 10", 5, 5),
        ("places 3 through 4", 2, 2),
        ("which are numbers 3 to 4?", 2, 2),
        ("ranks 7-12", 6, 6),
    ],
)
def test_rows_go_on(text: str, start: int | None, limit: int | None) -> None:
    request = parse_follow_up(text).request

    assert request.goes_on
    assert (request.start, request.limit) == (start, limit)


def test_the_rest_is_all_of_them() -> None:
    assert parse_follow_up("the rest").request.wants_rest
    assert not parse_follow_up("next 5").request.wants_rest


@pytest.mark.parametrize("text", ["numbers 10 to 6", "orders 6 to 10", "$6 to $10"])
def test_other_ranges_are_no_places(text: str) -> None:
    assert parse_follow_up(text).request.start is None


def test_next_to_other_words_more_goes_on_with_nothing() -> None:
    assert not parse_follow_up("more orders than last month").request.goes_on


@pytest.mark.parametrize(
    ("text", "number", "unit", "cuts"),
    [
        ("make that 10", 10, None, False),
        ("make that 60 days", 60, "day", False),
        ("only 3 of them", 3, None, True),
        ("which 6 is it by units", 6, None, True),
        ("and the 4 in May", 4, None, True),
        ("the 4 products in May", None, None, False),
        ("make that 10%", None, None, False),
        ("make that $10", None, None, False),
    ],
)
def test_a_number_alone_is_of_the_query_before(
    text: str, number: int | None, unit: str | None, cuts: bool
) -> None:
    request = parse_follow_up(text).request

    assert (request.number, request.number_unit) == (number, unit)
    assert request.cuts is cuts


@pytest.mark.parametrize(
    ("text", "is_back"),
    [
        ("how many of those are new?", True),
        ("our products with their revenue", False),
        ("on which days did we take over 3000, could you list them", False),
    ],
)
def test_pronouns_may_point_at_the_question_itself(text: str, is_back: bool) -> None:
    assert parse_alone(text).points_back is is_back
