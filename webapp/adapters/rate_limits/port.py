"""Rate and concurrency limits, counted in one place for all processes."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RateLimit:
    """At most `max_hits` in any window of `window_s` seconds."""

    name: str
    """What is counted; limits with the same name share a count."""
    max_hits: int
    window_s: int


class RateLimiter(Protocol):
    """Counts by `identifier`, an e-mail address or the like, of which only a hash is stored."""

    def hit(self, limit: RateLimit, identifier: str) -> None:
        """Count one more. Raises `TooManyRequests`; a rejected hit does not count."""
        ...

    def reset(self, limit: RateLimit, identifier: str) -> None:
        """Set the count to zero."""
        ...


@dataclass(frozen=True)
class ConcurrencyLimit:
    """At most `max_holders` at the same time."""

    name: str
    """What is counted; limits with the same name share a count."""
    max_holders: int


class ConcurrencyLimiter(Protocol):
    """Counts by `identifier`, of which only a hash is stored."""

    def hold(
        self, limit: ConcurrencyLimit, identifier: str
    ) -> AbstractContextManager[None]:
        """Count the block while it runs. Raises `TooManyRequests`."""
        ...
