"""`local`: a model for the Strands loop without network, and deterministic.

It classifies a message by its nearest examples and by a plain grammar, calls tools as any
model does, and writes its answer from their results. The engine is here; what it can talk
about is a `Skill`.
"""

import json
import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any, Protocol

from strands.models import Model
from strands.types.content import Message
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from agents.local.dialogue_state import DialogueState, Json, parse_dialogue
from agents.local.plan import Answer, PlanStep, ToolCall, ToolPlan, advance_plan

CALL_ID_PREFIX = "local-"
"""Distinguishes the calls of this model from those of a model it is the fallback for."""

CONTEXT_LIMIT = (
    100_000  # tokens; nothing is truncated, as the message window is the limit
)
NO_SUCH_TOOL = Answer("I am sorry, that is not something I can do here.")


class Skill(Protocol):
    def plan(self, state: DialogueState) -> ToolPlan:
        """Plan what to do about the current utterance."""
        ...


class LocalModel(Model):
    def __init__(self, skill: Skill) -> None:
        self.skill = skill
        self._config: Json = {
            "model_id": "local",
            "context_window_limit": CONTEXT_LIMIT,
        }

    def update_config(self, **model_config: Any) -> None:
        self._config.update(model_config)

    def get_config(self) -> Json:
        return self._config

    def structured_output(
        self, *_: Any, **__: Any
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Not supported: this model answers from tool results, it fills no schemas."""
        raise NotImplementedError("the local model has no structured output")

    async def stream(
        self,
        messages: Sequence[Message],
        tool_specs: list[ToolSpec] | None = None,
        *_: Any,
        **__: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        step = self._next_step(
            parse_dialogue(messages), {spec["name"] for spec in tool_specs or ()}
        )
        yield {"messageStart": {"role": "assistant"}}
        if isinstance(step, Answer):
            for event in _stream_answer(step):
                yield event
            yield {"messageStop": {"stopReason": "end_turn"}}
        else:
            for event in _stream_tool_call(
                step, call_id=f"{CALL_ID_PREFIX}{len(messages)}"
            ):
                yield event
            yield {"messageStop": {"stopReason": "tool_use"}}

    def _next_step(self, state: DialogueState, available_tools: set[str]) -> PlanStep:
        step = advance_plan(self.skill.plan(state), state.calls)
        is_possible = isinstance(step, Answer) or step.tool in available_tools
        return step if is_possible else NO_SUCH_TOOL


def _stream_answer(step: Answer) -> Iterable[StreamEvent]:
    yield {"contentBlockStart": {"start": {}}}
    for word in re.findall(r"\S+\s*", step.text):
        yield {"contentBlockDelta": {"delta": {"text": word}}}
    yield {"contentBlockStop": {}}


def _stream_tool_call(step: ToolCall, *, call_id: str) -> Iterable[StreamEvent]:
    arguments = json.dumps(step.arguments)
    yield {
        "contentBlockStart": {
            "start": {"toolUse": {"name": step.tool, "toolUseId": call_id}}
        }
    }
    yield {"contentBlockDelta": {"delta": {"toolUse": {"input": arguments}}}}
    yield {"contentBlockStop": {}}
