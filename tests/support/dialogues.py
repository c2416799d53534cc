"""Dialogues with the local model, without a model loop, tools or a shop."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.local.dialogue_state import (
    CompletedToolCall,
    DialogueState,
    DialogueTurn,
    Json,
)
from agents.local.plan import Answer, ToolCall, ToolPlan, advance_plan


@dataclass(frozen=True)
class PlanRun:
    """The tool calls that a plan made, and its answer."""

    calls: list[ToolCall]
    answer: str


def build_call(tool: str, result: Json, **arguments: Any) -> CompletedToolCall:
    return CompletedToolCall(tool, arguments, result)


def build_state(utterance: str, *previous_turns: DialogueTurn) -> DialogueState:
    return DialogueState(DialogueTurn(utterance), previous_turns)


def run_plan(
    plan: Callable[[DialogueState], ToolPlan], state: DialogueState, *results: Json
) -> PlanRun:
    """Advance a plan to its answer; its tool calls return these results, one after another."""
    completed: list[CompletedToolCall] = []
    for result in results:
        step = advance_plan(plan(state), completed)
        assert isinstance(step, ToolCall), step
        completed.append(CompletedToolCall(step.tool, step.arguments, result))
    answer = advance_plan(plan(state), completed)
    assert isinstance(answer, Answer), answer
    calls = [ToolCall(call.tool, call.arguments) for call in completed]
    return PlanRun(calls, answer.text)
