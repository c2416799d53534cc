import pytest

from agents.insights.grounding import WITHHELD_NOTICE, NumberGrounding
from agents.turn_trace import ToolResultRecord, TurnTrace


def read(*pieces: str) -> str:
    ledger = TurnTrace(
        results=[ToolResultRecord("order_trends", {"orders": 56, "revenue": 1234.5})]
    )
    proofreader = NumberGrounding(ledger)
    return "".join([*map(proofreader.feed, pieces), proofreader.flush()])


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_a_sentence_that_is_not_supported_is_left_out(size: int) -> None:
    text = "There were 56 orders. That is 3.5 times as many. They brought $1,234.50."
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert (
        read(*pieces)
        == f"There were 56 orders. They brought $1,234.50.{WITHHELD_NOTICE}"
    )


def test_a_line_of_a_list_is_left_out_whole() -> None:
    text = "Figures:\n- 56 orders\n- 57 customers. They are many\n- $1,234.50"

    assert read(*text) == f"Figures:\n- 56 orders\n- $1,234.50{WITHHELD_NOTICE}"


def test_nothing_is_shown_before_its_sentence_is_whole() -> None:
    proofreader = NumberGrounding(TurnTrace())

    assert proofreader.feed("There were 5") == ""
    assert proofreader.feed("7 orders") == ""
    assert proofreader.flush() == WITHHELD_NOTICE


def test_what_is_supported_passes_unchanged() -> None:
    text = "Hello! What would you like to know?\nAsk me."

    assert read(*text) == text
