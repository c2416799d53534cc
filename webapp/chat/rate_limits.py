"""How fast one client may talk. Pure: the clock is the caller's."""

from collections import deque
from math import ceil

from webapp.kit.errors import TooManyRequests


class TalkingTooFast(TooManyRequests):
    code = "TALKING_TOO_FAST"


class MessageRateLimiter:
    """At most `limit` messages in any stretch of `seconds`."""

    def __init__(self, *, limit: int, window_s: float) -> None:
        self._limit = limit
        self._seconds = window_s
        self._moments: deque[float] = deque()

    def hit(self, now: float) -> None:
        """Raises `TalkingTooFast`; what was refused does not count."""
        while self._moments and self._moments[0] <= now - self._seconds:
            self._moments.popleft()
        if len(self._moments) >= self._limit:
            wait = ceil(self._moments[0] + self._seconds - now)
            raise TalkingTooFast(
                f"That is too fast; go on in {wait} seconds", retry_after=wait
            )
        self._moments.append(now)
