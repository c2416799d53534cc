"""A fake of the agents' client, without Ray."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from webapp.adapters.agents.port import AgentEvent, Delta, Message, Turn, Typing
from webapp.chat.answers import TextAnswer
from webapp.kit.errors import CommerceError


@dataclass
class FakeAgentClient:
    """Repeats each message, or raises `error`."""

    error: CommerceError | None = None
    turns: list[Turn] = field(default_factory=list)

    def stream_turn(self, turn: Turn) -> Iterator[AgentEvent]:
        self.turns.append(turn)
        yield Typing()
        if self.error is not None:
            raise self.error
        yield Delta(text="You said: ")
        yield Delta(text=turn.message)
        data = TextAnswer(suggestions=[], tools_used=[]).model_dump(mode="json")
        yield Message(message=f"You said: {turn.message}", data=data)
