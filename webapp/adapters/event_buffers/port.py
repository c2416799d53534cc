"""Where requests leave events that a job records later: bounded, and never waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class BufferedEvent:
    key: str
    """By which it is deleted."""
    values: Mapping[str, Any]


class EventBuffer(Protocol):
    def append_event(self, values: Mapping[str, Any]) -> None:
        """Keep an event, of what JSON has, until it is deleted. Drops it, and counts that, when
        the buffer is full or does not answer."""
        ...

    def read_events(self, *, limit: int) -> Sequence[BufferedEvent]:
        """The oldest events; they stay until they are deleted. Raises `BufferUnavailable`."""
        ...

    def delete_events(self, keys: Sequence[str]) -> None:
        """Delete events that are recorded. Raises `BufferUnavailable`."""
        ...

    def take_dropped_count(self) -> int:
        """How many were dropped since the last call. Raises `BufferUnavailable`."""
        ...


class BufferUnavailable(Exception):
    """The buffer does not answer now; what it has stays there."""
