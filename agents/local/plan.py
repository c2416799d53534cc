"""Tool plans: what to do about one message, written as if tools answered at once.

    def view_cart(state: DialogueState) -> ToolPlan:
        result = yield from call_tool("view_cart")
        return render_cart(result["cart"])

The model is called again after each tool call. `advance_plan` then replays the plan from its
beginning with the results so far, and stops at the next call. So a plan must be
deterministic, and read only the conversation before it.
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
"""Yields tool calls, is sent their results, returns the answer."""


class ToolCallFailed(Exception):
    """A tool returned an error that the plan does not handle; the answer explains it."""

    def __init__(self, call: CompletedToolCall) -> None:
        super().__init__(call.error_code)
        self.call = call


def call_tool(
    tool: str, **arguments: Any
) -> Generator[ToolCall, CompletedToolCall, Json]:
    """Call a tool and return its result. Raises `ToolCallFailed` when it returns an error."""
    call = yield ToolCall(tool, arguments)
    if call.error_code:
        raise ToolCallFailed(call)
    return call.result


def answer_with(text: str) -> ToolPlan:
    """A plan that answers without a tool call."""
    yield from ()
    return text


def advance_plan(plan: ToolPlan, calls: Sequence[CompletedToolCall]) -> PlanStep:
    try:
        step = next(plan)
        for call in calls:
            step = plan.send(call)
    except StopIteration as stop:
        return Answer(stop.value)
    except ToolCallFailed as error:
        return Answer(explain_failure(error.call))
    return step


def explain_failure(call: CompletedToolCall) -> str:
    """A tool's error as a sentence for the customer, with the shop's own message."""
    if call.error_code in {
        "TOOL_FAILED",
        "TOOL_TIMEOUT",
        "UNAVAILABLE",
        "SEARCH_NOT_READY",
    }:
        return "I could not look that up just now. Please try again in a moment."
    message = str(call.result.get("message", "something went wrong")).rstrip(".")
    return f"That did not work: {message}."
