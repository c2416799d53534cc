"""Port to the agents: one turn goes in, a stream of events comes out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


@dataclass(frozen=True)
class Principal:
    customer_id: UUID
    groups: tuple[str, ...] = ()

    @property
    def is_admin(self) -> bool:
        return "admin" in self.groups


@dataclass(frozen=True)
class Turn:
    """A message of a customer in a session that is known to be theirs."""

    principal: Principal
    session_id: UUID
    message: str
    metadata: dict[str, Any] = field(default_factory=dict)


class TurnBody(BaseModel):
    """A turn as it crosses the wire; the principal is in the service token, never here."""

    model_config = ConfigDict(extra="forbid")

    session_id: UUID
    message: str
    metadata: dict[str, Any] = {}


class Typing(BaseModel):
    type: Literal["typing"] = "typing"
    tool: str | None = None


class Delta(BaseModel):
    """A piece of the answer as it is written; together they are the message's text."""

    type: Literal["delta"] = "delta"
    text: str


class Message(BaseModel):
    """The whole answer; the last event of a turn that succeeded."""

    type: Literal["message"] = "message"
    message: str
    data: dict[str, Any] = {}


class Failure(BaseModel):
    """A domain error; the last event of a turn that failed."""

    type: Literal["error"] = "error"
    code: str
    message: str


AgentEvent = Annotated[Typing | Delta | Message | Failure, Field(discriminator="type")]


AGENT_EVENT: TypeAdapter[AgentEvent] = TypeAdapter(AgentEvent)


class AgentClient(Protocol):
    """Client of one agent: on Ray Serve in production, a fake in tests."""

    def stream_turn(self, turn: Turn) -> Iterator[AgentEvent]:
        """Yield the events of a turn as they happen. Raises `Unavailable`, `Forbidden`."""
        ...
