"""Circuit breaker: stops calling a server that does not answer, and tries it again later."""

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Closed until a call fails; then open for `retry_after_s`, after which one call tries.

    Many threads may ask at once: while one of them tries, the others are still refused.
    """

    def __init__(
        self,
        *,
        retry_after_s: float,
        monotonic_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._retry_after_s = retry_after_s
        self._clock = monotonic_clock
        self._lock = threading.Lock()
        self._retry_at: float | None = None
        """When the next call may try; `None` while the circuit is closed."""

    def permits_call(self) -> bool:
        """Whether the server may be called; whoever may has to record how it went."""
        with self._lock:
            if self._retry_at is None:
                return True
            now = self._clock()
            if now < self._retry_at:
                return False
            self._retry_at = now + self._retry_after_s
            return True

    def record_success(self) -> None:
        with self._lock:
            self._retry_at = None

    def record_failure(self) -> None:
        with self._lock:
            self._retry_at = self._clock() + self._retry_after_s
