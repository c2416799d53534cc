import pytest

from agents.local.dialogue_state import Json
from agents.local.insights.messages.clauses import split_sentences
from agents.local.insights.messages.sentence_links import join_sentence

MAY = {"firstDay": "2026-05-01", "lastDay": "2026-05-31"}


def build_query(*metrics: str, country: str = "", **parts: object) -> Json:
    filters = [{"dimension": "country", "in": [country]}] if country else []
    return {"metrics": list(metrics), "window": MAY, "filters": filters, **parts}


def test_values_of_a_sentence_are_rows_of_one_table() -> None:
    first, second = (build_query("orders", country=each) for each in ("DE", "FR"))

    [joined] = join_sentence([first], [second], points_back=False)

    assert joined["groupBy"] == ["country"]
    assert joined["filters"] == [{"dimension": "country", "in": ["DE", "FR"]}]


def test_figures_of_a_sentence_are_columns_of_one_table() -> None:
    first, second = build_query("orders"), build_query("refund_rate")

    [joined] = join_sentence([first], [second], points_back=False)

    assert joined["metrics"] == ["orders", "refund_rate"]
    assert not join_sentence([first], [second], points_back=True)


@pytest.mark.parametrize(
    "second",
    [
        build_query("units", country="FR"),
        build_query("orders", window={}),
        build_query("units", groupBy=["product"], limit=3),
    ],
)
def test_what_differs_in_more_is_not_joined(second: Json) -> None:
    assert not join_sentence([build_query("orders")], [second], points_back=False)


def test_numbered_questions_are_questions_of_their_own() -> None:
    [questions] = split_sentences("For Germany: (1) orders in May, (2) revenue in June")

    assert questions == ["For Germany: orders in May", "For Germany: revenue in June"]


def test_a_number_alone_begins_no_question() -> None:
    assert split_sentences("top 5) products") == [["top 5) products"]]


def test_what_is_left_out_first_is_of_the_question_behind() -> None:
    [[question]] = split_sentences("Exclude Vinyl, then show the best 5 titles")

    assert question == "Exclude Vinyl, show the best 5 titles"
