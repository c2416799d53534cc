"""Parses a message history into turns: utterance, tool calls and reply. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from strands.types.content import Message
from strands.types.tools import ToolResult, ToolUse

Json = dict[str, Any]


@dataclass(frozen=True)
class CompletedToolCall:
    """A tool call with its result."""

    tool: str
    arguments: Json
    result: Json
    call_id: str = ""

    @property
    def error_code(self) -> str | None:
        """The code of the error that the tool returned; `None` if it succeeded."""
        return self.result.get("refused")


@dataclass(frozen=True)
class DialogueTurn:
    """One utterance of the user, with the agent's tool calls and reply."""

    utterance: str
    calls: tuple[CompletedToolCall, ...] = ()
    reply: str = ""


@dataclass(frozen=True)
class DialogueState:
    """The current turn and the previous ones, oldest first."""

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
        """The latest value under a key of a tool result, in the previous turns."""
        calls = (call for call in self._previous_calls() if key in call.result)
        return next((call.result[key] for call in calls), None)

    def last_successful_call(self, *tools: str) -> CompletedToolCall | None:
        """The latest call of one of the tools that succeeded, in the previous turns."""
        return next(self._iterate_successful_calls(*tools), None)

    def _iterate_successful_calls(self, *tools: str) -> Iterator[CompletedToolCall]:
        """Those of one of the tools, in the previous turns, the latest first."""
        for call in self._previous_calls():
            if call.tool in tools and not call.error_code:
                yield call

    def _previous_calls(self) -> Iterator[CompletedToolCall]:
        for turn in reversed(self.previous_turns):
            yield from reversed(turn.calls)


@dataclass
class _TurnDraft:
    utterance: str
    tool_uses: dict[str, ToolUse] = field(default_factory=dict)
    calls: list[CompletedToolCall] = field(default_factory=list)
    reply: str = ""

    def build(self) -> DialogueTurn:
        return DialogueTurn(self.utterance, tuple(self.calls), self.reply)


def parse_dialogue(messages: Sequence[Message]) -> DialogueState:
    """Parse a history. It may have been truncated: calls without results are skipped."""
    drafts: list[_TurnDraft] = []
    for message in messages:
        for block in message["content"]:
            if message["role"] == "user" and "text" in block:
                drafts.append(_TurnDraft(block["text"]))
            elif drafts and "toolUse" in block:
                drafts[-1].tool_uses[block["toolUse"]["toolUseId"]] = block["toolUse"]
            elif drafts and "toolResult" in block:
                _add_result(drafts[-1], block["toolResult"])
            elif drafts and "text" in block:
                drafts[-1].reply += block["text"]
    turns = [draft.build() for draft in drafts] or [DialogueTurn("")]
    return DialogueState(turns[-1], tuple(turns[:-1]))


def _add_result(draft: _TurnDraft, result: ToolResult) -> None:
    tool_use = draft.tool_uses.get(result["toolUseId"])
    if tool_use is not None:
        draft.calls.append(
            CompletedToolCall(
                tool_use["name"],
                tool_use["input"],
                _parse_result(result),
                tool_use["toolUseId"],
            )
        )


def _parse_result(result: ToolResult) -> Json:
    for block in result["content"]:
        if "json" in block:
            content: Json = block["json"]
            return content
    text = " ".join(block.get("text", "") for block in result["content"])
    return {"refused": "TOOL_FAILED", "message": text}
