"""Which way figures went, and which kind of what is unusual is wanted."""

import pytest

from tests.support.insights_questions import parse_follow_up, read_request


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
    request, unknown = read_request(text)

    assert request.analysis == "anomalies"
    assert request.direction == direction
    assert unknown == []


def test_a_kind_is_chosen_of_the_anomalies_before() -> None:
    question = parse_follow_up("only the downside", analysis="anomalies")

    assert question.request.direction == "drops"


@pytest.mark.parametrize(
    ("text", "rises"),
    [
        ("why did revenue rise in May?", True),
        ("why was revenue so low in May?", False),
        ("why did revenue change in May?", None),
    ],
)
def test_a_change_is_taken_to_be_as_it_is_said(text: str, rises: bool | None) -> None:
    request, _ = read_request(text)

    assert (request.analysis, request.assumes_rise) == ("explain_change", rises)


def test_a_change_is_explained_from_the_earlier_time_to_the_later_one() -> None:
    request, _ = read_request("September was better than October, what went wrong?")

    assert request.window == {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}
    assert request.compare_to == {"firstDay": "2026-09-01", "lastDay": "2026-09-30"}
    assert request.assumes_rise is False


def test_a_later_time_that_is_named_first_stays_so() -> None:
    request, _ = read_request("October was better than September, why?")

    assert request.window == {"firstDay": "2026-10-01", "lastDay": "2026-10-31"}
    assert request.assumes_rise is True
