"""Times that a message points at: "that day" of an unusual one, "in these months"."""

import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.messages.questions import CannotAnswer
from agents.local.insights.messages.tool_requests import build_requests
from agents.local.insights.queries.follow_ups import Earlier
from tests.support.insights_questions import TODAY, parse_follow_up

WINDOW = {"unit": "month", "count": 5, "offset": 1}
ANOMALIES: Json = {"analysis": "anomalies", "metric": "orders"}


def build(text: str, query: Json, rows: list[Json]) -> Json:
    question = parse_follow_up(text, analysis=query.get("analysis"))
    [request] = build_requests(
        question, today=TODAY, earlier=Earlier(query, {}, rows=rows)
    )
    return request


def test_that_day_is_the_most_unusual_one() -> None:
    rows = [{"day": "2026-11-05"}, {"day": "2026-10-02"}]

    query = build("what sold most that day?", ANOMALIES, rows)

    assert query["groupBy"] == ["product"]
    assert query["window"] == {"firstDay": "2026-11-05", "lastDay": "2026-11-05"}


def test_there_may_be_no_unusual_day() -> None:
    with pytest.raises(CannotAnswer, match="Which day"):
        build("what sold most that day?", ANOMALIES, [])


def test_these_months_are_those_before() -> None:
    before = {"metrics": ["units"], "groupBy": ["product"], "window": WINDOW}

    query = build("which products were returned most in these months?", before, [])

    assert query["metrics"] == ["returned_units"]
    assert query["groupBy"] == ["product"]
    assert query["window"] == WINDOW


def test_without_a_time_before_it_is_asked_which_months_these_are() -> None:
    question = parse_follow_up("which products were returned most in these months?")

    with pytest.raises(CannotAnswer, match="Which time"):
        build_requests(question, today=TODAY, earlier=None)
