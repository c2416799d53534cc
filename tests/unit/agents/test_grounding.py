import pytest

from agents.insights.grounding import WITHHELD_NOTICE, NumberGrounding
from agents.turn_trace import ToolResultRecord, TurnTrace
from webapp.kit.json import ResponseBody


def filter_text(*pieces: str) -> str:
    trace = TurnTrace(
        results=[
            ToolResultRecord(
                "order_trends", ResponseBody(), {"orders": 56, "revenue": 1234.5}
            )
        ]
    )
    grounding = NumberGrounding(trace)
    return "".join([*map(grounding.feed, pieces), grounding.flush()])


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_an_unsupported_sentence_is_withheld(size: int) -> None:
    text = "There were 56 orders. That is 3.5 times as many. They brought $1,234.50."
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert (
        filter_text(*pieces)
        == f"There were 56 orders. They brought $1,234.50.{WITHHELD_NOTICE}"
    )


def test_a_list_item_is_withheld_whole() -> None:
    text = "Figures:\n- 56 orders\n- 57 customers. They are many\n- $1,234.50"

    assert filter_text(*text) == f"Figures:\n- 56 orders\n- $1,234.50{WITHHELD_NOTICE}"


def test_nothing_is_sent_before_its_sentence_is_complete() -> None:
    grounding = NumberGrounding(TurnTrace())

    assert grounding.feed("There were 5") == ""
    assert grounding.feed("7 orders") == ""
    assert grounding.flush() == WITHHELD_NOTICE


def test_supported_text_passes_unchanged() -> None:
    text = "Hello! What would you like to know?\nAsk me."

    assert filter_text(*text) == text


def test_the_notice_is_added_once() -> None:
    grounding = NumberGrounding(TurnTrace())

    assert grounding.feed("There were 57. There were 58.\nYes.\n") == "Yes.\n"
    assert grounding.flush() == WITHHELD_NOTICE


def test_nothing_is_sent_twice() -> None:
    grounding = NumberGrounding(TurnTrace())

    assert grounding.feed("Yes") == ""
    assert grounding.flush() == "Yes"
    assert grounding.flush() == ""


def test_figures_of_a_later_result_count_from_then_on() -> None:
    trace = TurnTrace()
    grounding = NumberGrounding(trace)
    assert grounding.feed("First 56.\n") == ""

    for orders in (56, 57):
        trace.add_result("order_trends", ResponseBody(), {"orders": orders})
        assert grounding.feed(f"It is {orders}.\n") == f"It is {orders}.\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- 57 of them.\nYes.\n", "Yes.\n"),
        ("* 57 of them. Many. \nYes.\n", "Yes.\n"),
        ("1. Glass. 57. Many.\nYes.\n", "Yes.\n"),
        ("1) Glass. 57. Many.\nYes.\n", "Yes.\n"),
        ("Is it 57? Yes! Good.\n", "Yes! Good.\n"),
        ("It is 57! Yes.\n", "Yes.\n"),
        ("It was 3.5. yes.\nYes.\n", "Yes.\n"),
        ("It was 57. Yes.\n", "Yes.\n"),
        ("It is\n57 of\nthem.\n", "It is\nthem.\n"),
    ],
)
def test_what_is_withheld_is_a_sentence_or_a_list_item(text: str, shown: str) -> None:
    assert NumberGrounding(TurnTrace()).feed(text) == shown
