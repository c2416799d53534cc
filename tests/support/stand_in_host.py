"""An agent that answers as a test tells it to, without Ray."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from webapp.adapters.agents.port import Delta, Event, Message, Turn, Typing
from webapp.kit.errors import CommerceError


@dataclass
class StandInHost:
    """Repeats what it hears, or refuses."""

    refusal: CommerceError | None = None
    heard: list[Turn] = field(default_factory=list)

    def converse(self, turn: Turn) -> Iterator[Event]:
        self.heard.append(turn)
        yield Typing()
        if self.refusal is not None:
            raise self.refusal
        yield Delta(text="You said: ")
        yield Delta(text=turn.message)
        yield Message(message=f"You said: {turn.message}", data={"tools_used": []})
