import pytest

from agents.insights.proofreading import LEFT_OUT, Proofreader
from agents.ledger import Done, Ledger


def read(*pieces: str) -> str:
    ledger = Ledger(done=[Done("order_trends", {"orders": 56, "revenue": 1234.5})])
    proofreader = Proofreader(ledger)
    return "".join([*map(proofreader.read, pieces), proofreader.finish()])


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_a_sentence_that_is_not_supported_is_left_out(size: int) -> None:
    text = "There were 56 orders. That is 3.5 times as many. They brought $1,234.50."
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert read(*pieces) == f"There were 56 orders. They brought $1,234.50.{LEFT_OUT}"


def test_a_line_of_a_list_is_left_out_whole() -> None:
    text = "Figures:\n- 56 orders\n- 57 customers. They are many\n- $1,234.50"

    assert read(*text) == f"Figures:\n- 56 orders\n- $1,234.50{LEFT_OUT}"


def test_nothing_is_shown_before_its_sentence_is_whole() -> None:
    proofreader = Proofreader(Ledger())

    assert proofreader.read("There were 5") == ""
    assert proofreader.read("7 orders") == ""
    assert proofreader.finish() == LEFT_OUT


def test_what_is_supported_passes_unchanged() -> None:
    text = "Hello! What would you like to know?\nAsk me."

    assert read(*text) == text
