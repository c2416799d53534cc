"""Honest sentences are sent, and lies of every class withheld; both are data beside the reader."""

from collections import Counter
from typing import Any

import pytest

from agents.insights.grounding import WITHHELD_NOTICE, AnswerGrounding
from agents.turn_trace import ToolResultRecord, TurnTrace
from tests.unit.agents.grounding.sentences import Example, read_examples
from webapp.kit.json import ResponseBody

HONEST = list(read_examples("honest.txt"))
LIES = list(read_examples("lies.txt"))


def filter_answer(text: str, *results: dict[str, Any], message: str = "") -> str:
    trace = TurnTrace(
        message=message,
        results=[
            ToolResultRecord("query_analytics", ResponseBody(), result)
            for result in results
        ],
    )
    grounding = AnswerGrounding(trace)
    return grounding.feed(text) + grounding.flush()


@pytest.mark.parametrize("example", HONEST, ids=str)
def test_an_honest_sentence_is_sent(example: Example) -> None:
    answer = filter_answer(example.text, *example.found)

    assert WITHHELD_NOTICE not in answer
    assert example.text in answer or any(
        example.text.rstrip(".") in result["title"] for result in example.found
    )


@pytest.mark.parametrize("example", LIES, ids=str)
def test_a_lie_is_withheld(example: Example) -> None:
    answer = filter_answer(example.text, *example.found)

    assert WITHHELD_NOTICE in answer
    assert example.text.splitlines()[-1] not in answer


def test_there_are_enough_of_each_class() -> None:
    kinds = Counter(example.kind for example in LIES)

    assert len(HONEST) >= 350
    assert len(LIES) >= 350
    assert {name for name, count in kinds.items() if count >= 10} >= {
        *("numbers", "names", "dates", "directions", "rankings", "totality", "causes"),
    }
