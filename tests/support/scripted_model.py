"""A fake model that answers from a script, through the real agent loop."""

import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from strands.models import Model
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

ScriptedTurn = str | tuple[str, dict[str, Any]] | Exception


class ScriptedModel(Model):
    """Answers with a string, calls a tool for a (tool, arguments) pair, raises an exception."""

    def __init__(self, *turns: ScriptedTurn) -> None:
        self._turns = iter(turns)
        self.requests: list[Sequence[Any]] = []
        self.system_prompt: str | None = None
        self.tool_names: list[str] = []

    async def stream(
        self,
        messages: Sequence[Any],
        tool_specs: list[ToolSpec] | None = None,
        system_prompt: str | None = None,
        **_: Any,
    ) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(list(messages))
        self.system_prompt = system_prompt
        self.tool_names = [spec["name"] for spec in tool_specs or ()]
        turn = next(self._turns)
        if isinstance(turn, Exception):
            raise turn
        yield {"messageStart": {"role": "assistant"}}
        events = (
            _build_text_events(turn)
            if isinstance(turn, str)
            else self._build_call_events(*turn)
        )
        for event in events:
            yield event
        yield {
            "messageStop": {
                "stopReason": "end_turn" if isinstance(turn, str) else "tool_use"
            }
        }

    def _build_call_events(
        self, name: str, arguments: dict[str, Any]
    ) -> list[StreamEvent]:
        use_id = f"call-{len(self.requests)}"
        arguments_json = json.dumps(arguments)
        return [
            {
                "contentBlockStart": {
                    "start": {"toolUse": {"name": name, "toolUseId": use_id}}
                }
            },
            {"contentBlockDelta": {"delta": {"toolUse": {"input": arguments_json}}}},
            {"contentBlockStop": {}},
        ]

    def get_last_tool_results(self) -> list[Any]:
        """The content of the last tool results."""
        return [
            content.get("json", content.get("text"))
            for block in self.requests[-1][-1]["content"]
            for content in block["toolResult"]["content"]
        ]

    def get_config(self) -> Any:
        return {}

    def update_config(self, **_: Any) -> None: ...

    def structured_output(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def _build_text_events(text: str) -> list[StreamEvent]:
    return [
        {"contentBlockStart": {"start": {}}},
        {"contentBlockDelta": {"delta": {"text": text}}},
        {"contentBlockStop": {}},
    ]
