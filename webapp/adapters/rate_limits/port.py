"""Rate limits: how often something may be done, counted where every process sees it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RateLimit:
    """At most so many `times` in any stretch of so many `seconds`."""

    name: str
    """Of what is counted; limits of one name share a count."""
    max_hits: int
    window_s: int


class RateLimiter(Protocol):
    """Counts by person: `who` is an address or the like, of which only a hash is kept."""

    def hit(self, limit: RateLimit, who: str) -> None:
        """Count one more. Raises `TooMany`; what was refused does not count."""
        ...

    def reset(self, limit: RateLimit, who: str) -> None:
        """Forget what was counted."""
        ...
