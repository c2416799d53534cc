"""The rate limit of a client's chat messages. Pure: the caller passes the time."""

from collections import deque
from math import ceil

from webapp.kit.errors import TooManyRequests


class TalkingTooFast(TooManyRequests):
    code = "TALKING_TOO_FAST"


class MessageRateLimiter:
    """A moving window: at most `limit` messages in any `window_s` seconds."""

    def __init__(self, *, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._hits: deque[float] = deque()

    def hit(self, now: float) -> None:
        """Count a message at `now` (seconds). Raises `TalkingTooFast`; a rejected message does
        not count."""
        while self._hits and self._hits[0] <= now - self._window_s:
            self._hits.popleft()
        if len(self._hits) >= self._limit:
            wait = ceil(self._hits[0] + self._window_s - now)
            raise TalkingTooFast(
                f"Too many messages; try again in {wait} seconds", retry_after=wait
            )
        self._hits.append(now)
