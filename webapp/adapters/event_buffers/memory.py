"""In the memory of this process, which then has to be the only one."""

from collections.abc import Mapping, Sequence
from itertools import count, islice
from threading import Lock
from typing import Any

from webapp.adapters.event_buffers.port import BufferedEvent


class MemoryEventBuffer:
    def __init__(self, *, max_events: int) -> None:
        self._max_events = max_events
        self._lock = Lock()
        self._numbers = count()
        self._events: dict[str, Mapping[str, Any]] = {}
        """By key, the oldest first."""
        self._dropped = 0

    def append_event(self, values: Mapping[str, Any]) -> None:
        with self._lock:
            if len(self._events) >= self._max_events:
                self._dropped += 1
            else:
                self._events[str(next(self._numbers))] = values

    def read_events(self, *, limit: int) -> Sequence[BufferedEvent]:
        with self._lock:
            return [
                BufferedEvent(key, values)
                for key, values in islice(self._events.items(), limit)
            ]

    def delete_events(self, keys: Sequence[str]) -> None:
        with self._lock:
            for key in keys:
                self._events.pop(key, None)

    def take_dropped_count(self) -> int:
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        return dropped
