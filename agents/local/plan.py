"""An errand: what to do about one message, written as if tools answered at once.

    def view(talk: Talk) -> Errand:
        cart = yield from ask("view_cart")
        return cart_words(cart["cart"])

The model is called anew after each tool. `advance` then runs the errand again from its
beginning, hands it the results that are there already, and stops at the next call. So an
errand must be deterministic, and read only the conversation before it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.local.dialogue_state import CompletedToolCall, Json


@dataclass(frozen=True)
class ToolCall:
    tool: str
    arguments: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    text: str


PlanStep = Answer | ToolCall
ToolPlan = Generator[ToolCall, CompletedToolCall, str]
"""Yields calls, is sent what came back, returns the answer."""


class ToolCallFailed(Exception):
    """A tool refused, and the errand has nothing better to say than why."""

    def __init__(self, called: CompletedToolCall) -> None:
        super().__init__(called.error_code)
        self.called = called


def call_tool(
    tool: str, **arguments: Any
) -> Generator[ToolCall, CompletedToolCall, Json]:
    """Call a tool; a refusal ends the errand with its reason."""
    called = yield ToolCall(tool, arguments)
    if called.error_code:
        raise ToolCallFailed(called)
    return called.result


def answer_with(text: str) -> ToolPlan:
    """An errand that is done when it has spoken."""
    yield from ()
    return text


def advance_plan(errand: ToolPlan, calls: Sequence[CompletedToolCall]) -> PlanStep:
    try:
        step = next(errand)
        for called in calls:
            step = errand.send(called)
    except StopIteration as done:
        return Answer(done.value)
    except ToolCallFailed as refusal:
        return Answer(explain_failure(refusal.called))
    return step


def explain_failure(call: CompletedToolCall) -> str:
    """A refusal in the shop's own words."""
    if call.error_code in {
        "TOOL_FAILED",
        "TOOL_TIMEOUT",
        "UNAVAILABLE",
        "SEARCH_NOT_READY",
    }:
        return "I could not look that up just now. Please try again in a moment."
    message = str(call.result.get("message", "something went wrong")).rstrip(".")
    return f"That did not work: {message}."
