"""How rows are ordered, and of what they are, by the words around them."""

import pytest

from tests.support.insights_questions import parse_request, read_question


@pytest.mark.parametrize(
    ("text", "descending"),
    [
        ("categories from the one with most orders to the one with fewest", True),
        ("countries from the fewest units up to the most units", False),
    ],
)
def test_rows_go_from_one_end_to_the_other(text: str, descending: bool) -> None:
    request = parse_request(text)

    assert request.descending is descending
    assert request.limit is None


def test_under_each_is_no_bound() -> None:
    request = parse_request("countries, and under each one its three best products")

    assert request.bounds == []
    assert request.limit == 3


def test_rows_within_their_group_are_ordered_group_by_group() -> None:
    request = parse_request("products ranked by units within their category")

    assert request.within == ["category"]


def test_the_first_one_alone_is_one_row() -> None:
    assert parse_request("categories ranked by units, just the first one").limit == 1
    assert parse_request("categories ranked by units, the best first").limit is None


def test_those_chosen_among_are_ranked() -> None:
    request = parse_request("for every country the two best earners among the products")

    assert (request.within, request.group_by) == (["country"], ["country", "product"])


def test_every_one_but_leaves_it_out() -> None:
    left_out = read_question("revenue from every country but Germany").request
    only = read_question("revenue but Germany").request

    assert left_out.filters == [{"dimension": "country", "notIn": ["DE"]}]
    assert only.filters == [{"dimension": "country", "in": ["DE"]}]


def test_but_without_leaves_out_what_is_behind() -> None:
    request = read_question("Kitchen but without Germany, revenue by month").request

    assert {"dimension": "country", "notIn": ["DE"]} in request.filters


def test_a_word_with_a_capital_behind_a_name_is_not_known() -> None:
    named = read_question("revenue of Garden Swing this year")
    meant = read_question("Garden Revenue this year")

    assert [each.text for each in named.unknown] == ["Swing"]
    assert not meant.unknown
