"""Short-lived values, each of which is read once, by whichever process."""

from typing import Protocol


class OneTimeValues(Protocol):
    def put(self, key: str, value: str, *, lifetime_s: int) -> None:
        """Keep the value for so long. Raises `ValueStoreUnavailable`."""
        ...

    def take(self, key: str) -> str | None:
        """Return the value and delete it: of many callers, one gets it. Raises
        `ValueStoreUnavailable`."""
        ...


class ValueStoreUnavailable(Exception):
    """It cannot be said whether there is such a value."""
