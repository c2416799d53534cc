"""Rate limits: how often something may be done, counted where every process sees it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Limit:
    """At most so many `times` in any stretch of so many `seconds`."""

    name: str
    """Of what is counted; limits of one name share a count."""
    times: int
    seconds: int


class Limiter(Protocol):
    """Counts by person: `who` is an address or the like, of which only a hash is kept."""

    def hit(self, limit: Limit, who: str) -> None:
        """Count one more. Raises `TooMany`; what was refused does not count."""
        ...

    def forgive(self, limit: Limit, who: str) -> None:
        """Forget what was counted."""
        ...
