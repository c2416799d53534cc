"""In the memory of this process, which then has to be the only one."""

import time
from collections.abc import Callable
from threading import Lock


class MemoryOneTimeValues:
    def __init__(
        self, *, monotonic_clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = monotonic_clock
        self._lock = Lock()
        self._values: dict[str, tuple[float, str]] = {}
        """With the time at which each expires."""

    def put(self, key: str, value: str, *, lifetime_s: int) -> None:
        now = self._clock()
        with self._lock:
            self._values = {
                kept: entry for kept, entry in self._values.items() if entry[0] > now
            }
            self._values[key] = (now + lifetime_s, value)

    def take(self, key: str) -> str | None:
        with self._lock:
            expires_at, value = self._values.pop(key, (0.0, ""))
        return value if expires_at > self._clock() else None
