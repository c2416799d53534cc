"""A model that plays back a script, through the real agent loop."""

import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from strands.models import Model
from strands.types.streaming import StreamEvent

ScriptedTurn = str | tuple[str, dict[str, Any]] | Exception


class ScriptedModel(Model):
    """A string is said, a (tool, arguments) pair is called, an exception is raised."""

    def __init__(self, *turns: ScriptedTurn) -> None:
        self._turns = iter(turns)
        self.requests: list[Sequence[Any]] = []

    async def stream(
        self, messages: Sequence[Any], *_: Any, **__: Any
    ) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(list(messages))
        turn = next(self._turns)
        if isinstance(turn, Exception):
            raise turn
        yield {"messageStart": {"role": "assistant"}}
        for event in _said(turn) if isinstance(turn, str) else self._called(*turn):
            yield event
        yield {
            "messageStop": {
                "stopReason": "end_turn" if isinstance(turn, str) else "tool_use"
            }
        }

    def _called(self, name: str, arguments: dict[str, Any]) -> list[StreamEvent]:
        use_id = f"call-{len(self.requests)}"
        written = json.dumps(arguments)
        return [
            {
                "contentBlockStart": {
                    "start": {"toolUse": {"name": name, "toolUseId": use_id}}
                }
            },
            {"contentBlockDelta": {"delta": {"toolUse": {"input": written}}}},
            {"contentBlockStop": {}},
        ]

    def get_last_tool_results(self) -> list[Any]:
        """What the last tool results said."""
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


def _said(text: str) -> list[StreamEvent]:
    return [
        {"contentBlockStart": {"start": {}}},
        {"contentBlockDelta": {"delta": {"text": text}}},
        {"contentBlockStop": {}},
    ]
