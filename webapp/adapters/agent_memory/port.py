"""Port to a memory service: the turns of conversations go in, notes on earlier ones come out.

The database has the conversations, and what is in it decides. The memory is a copy of their texts,
from which the service makes notes of what each person is interested in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from webapp.kit.errors import Conflict, NotFound, Unavailable

RECALL_TIMEOUT_S = 2.0
"""How long a turn waits for notes."""
MIN_EXPIRY_DAYS, MAX_EXPIRY_DAYS = 3, 3650
"""How long a memory service keeps turns."""


class AgentMemoryUnavailable(Unavailable):
    """The memory does not answer, or refuses; the message names cause and remedy."""

    code = "AGENT_MEMORY_UNAVAILABLE"


class MemoryResourceNotFound(NotFound):
    code = "MEMORY_RESOURCE_NOT_FOUND"


class MemoryResourceExists(Conflict):
    code = "MEMORY_RESOURCE_EXISTS"


@dataclass(frozen=True)
class MemoryTurn:
    """An answered message, as it is stored in the database: masked and filtered."""

    turn_id: UUID
    """A turn that is recorded again under its id is kept once."""
    actor_id: UUID
    """Whose conversation it is."""
    session_id: UUID
    question: str
    answer: str
    asked_at: datetime


class AgentMemory(Protocol):
    """All methods raise `AgentMemoryUnavailable`."""

    def record_turn(self, turn: MemoryTurn) -> None: ...

    def recall_notes(self, *, actor_id: UUID, query: str) -> list[str]:
        """Notes on this person's earlier conversations, the nearest to the query first. Not
        retried, as a person waits."""
        ...

    def forget_session(self, *, actor_id: UUID, session_id: UUID) -> None:
        """Delete the turns of a conversation; it may have none."""
        ...

    def forget_actor(self, *, actor_id: UUID) -> None:
        """Delete all turns and notes of a person; there may be none."""
        ...

    def check(self) -> None:
        """Whether the memory is there and may be used."""
        ...


@dataclass(frozen=True)
class MemoryResource:
    """A memory of the service, which many persons and conversations share."""

    id: str
    name: str
    region: str
    status: str
    """`CREATING`, `ACTIVE`, `FAILED`, `UPDATING` or `DELETING`."""
    failure: str
    """Why it failed; empty unless it did."""
    expiry_days: int
    """After which turns are deleted."""
    namespaces: frozenset[str]
    """Where its notes are kept: patterns with `{actorId}` and `{sessionId}`."""
    missing_namespaces: frozenset[str]
    """Where the agent memory looks for notes and this one makes none; empty unless it was created
    for something else."""

    @property
    def setting(self) -> str:
        return f"agentcore:{self.id}:{self.region}"


class MemoryAdministration(Protocol):
    """Creates and deletes memories. All methods raise `AgentMemoryUnavailable`."""

    def find_by_name(self, name: str) -> MemoryResource | None: ...

    def get(self, memory_id: str) -> MemoryResource:
        """Raises `MemoryResourceNotFound`."""
        ...

    def create(self, name: str, *, expiry_days: int) -> MemoryResource:
        """Begin to create a memory, which takes minutes. Raises `MemoryResourceExists`."""
        ...

    def delete(self, memory_id: str) -> None:
        """Begin to delete a memory with all that is in it. Raises `MemoryResourceNotFound`."""
        ...
