"""The conversation as the local model reads it: what was said, called and answered. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from strands.types.content import Message
from strands.types.tools import ToolResult, ToolUse

Json = dict[str, Any]


@dataclass(frozen=True)
class CompletedToolCall:
    """A tool call with what came back."""

    tool: str
    arguments: Json
    result: Json
    call_id: str = ""

    @property
    def error_code(self) -> str | None:
        """The code of a refusal; `None` when the tool did its work."""
        return self.result.get("refused")


@dataclass(frozen=True)
class DialogueTurn:
    """One thing the customer said, and what the agent did and answered."""

    utterance: str
    calls: tuple[CompletedToolCall, ...] = ()
    reply: str = ""


@dataclass(frozen=True)
class DialogueState:
    """The exchange under way and those before it, oldest first."""

    current_turn: DialogueTurn
    previous_turns: tuple[DialogueTurn, ...] = ()

    @property
    def utterance(self) -> str:
        return self.current_turn.utterance

    @property
    def calls(self) -> tuple[CompletedToolCall, ...]:
        return self.current_turn.calls

    @property
    def last_reply(self) -> str:
        return self.previous_turns[-1].reply if self.previous_turns else ""

    def latest_result(self, key: str) -> Any:
        """The latest result under a key, in an earlier exchange."""
        called = (call for call in self._earlier_calls() if key in call.result)
        return next((call.result[key] for call in called), None)

    def last_successful_call(self, tool: str) -> CompletedToolCall | None:
        """The latest call that did its work, in an earlier exchange."""
        calls = self._earlier_calls()
        return next((c for c in calls if c.tool == tool and not c.error_code), None)

    def _earlier_calls(self) -> Iterator[CompletedToolCall]:
        for exchange in reversed(self.previous_turns):
            yield from reversed(exchange.calls)


@dataclass
class _Draft:
    said: str
    uses: dict[str, ToolUse] = field(default_factory=dict)
    calls: list[CompletedToolCall] = field(default_factory=list)
    answer: str = ""

    def done(self) -> DialogueTurn:
        return DialogueTurn(self.said, tuple(self.calls), self.answer)


def parse_dialogue(messages: Sequence[Message]) -> DialogueState:
    """Tolerates a history that was cut short: calls without results are passed over."""
    drafts: list[_Draft] = []
    for message in messages:
        for block in message["content"]:
            if message["role"] == "user" and "text" in block:
                drafts.append(_Draft(block["text"]))
            elif drafts and "toolUse" in block:
                drafts[-1].uses[block["toolUse"]["toolUseId"]] = block["toolUse"]
            elif drafts and "toolResult" in block:
                _note(drafts[-1], block["toolResult"])
            elif drafts and "text" in block:
                drafts[-1].answer += block["text"]
    exchanges = [draft.done() for draft in drafts] or [DialogueTurn("")]
    return DialogueState(exchanges[-1], tuple(exchanges[:-1]))


def _note(draft: _Draft, result: ToolResult) -> None:
    use = draft.uses.get(result["toolUseId"])
    if use is not None:
        draft.calls.append(
            CompletedToolCall(
                use["name"], use["input"], _content(result), use["toolUseId"]
            )
        )


def _content(result: ToolResult) -> Json:
    for block in result["content"]:
        if "json" in block:
            found: Json = block["json"]
            return found
    words = " ".join(block.get("text", "") for block in result["content"])
    return {"refused": "TOOL_FAILED", "message": words}
