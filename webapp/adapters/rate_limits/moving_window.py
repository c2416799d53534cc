"""Rate limits over a moving window, counted in Valkey, so that a restart does not reset them.

A rate limit must not take the shop down, nor open while it is down: while Valkey does not
answer, each process counts for itself, and no request waits for Valkey but the one that tries
whether it is back.
"""

import time
from collections.abc import Callable
from math import ceil
from typing import TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from webapp.adapters.rate_limits.port import RateLimit
from webapp.kit.circuit_breaker import CircuitBreaker
from webapp.kit.errors import TooManyRequests
from webapp.kit.hashing import hash_identifier
from webapp.kit.valkey import RETRY_AFTER_S, build_client_options

log = structlog.get_logger()
T = TypeVar("T")

PREFIX = "ecom67:limits"


class ValkeyRateLimiter:
    """Counts in Valkey, or in the memory of this process if the URL is `memory://`."""

    def __init__(
        self,
        url: str,
        *,
        pepper: bytes = b"",
        monotonic_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pepper = pepper
        options = {} if url.startswith("memory:") else build_client_options()
        self._shared = MovingWindowRateLimiter(
            storage_from_string(url, wrap_exceptions=True, key_prefix=PREFIX, **options)
        )
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._breaker = CircuitBreaker(
            retry_after_s=RETRY_AFTER_S, monotonic_clock=monotonic_clock
        )

    def hit(self, limit: RateLimit, identifier: str) -> None:
        item, key = self._item(limit), self._key(identifier)

        def find_wait(window: MovingWindowRateLimiter) -> float | None:
            """Count; when that is rejected, return the time at which a hit is free again."""
            if window.hit(item, key):
                return None
            return window.get_window_stats(item, key).reset_time

        free_at = self._count(find_wait)
        if free_at is not None:
            retry_after = max(1, ceil(free_at - time.time()))
            raise TooManyRequests(
                "Too many attempts; try again later", retry_after=retry_after
            )

    def reset(self, limit: RateLimit, identifier: str) -> None:
        item, key = self._item(limit), self._key(identifier)
        self._own.clear(item, key)
        self._count(lambda window: window.clear(item, key))

    def _count(self, action: Callable[[MovingWindowRateLimiter], T]) -> T:
        """Act on the shared counts, or on those of this process while Valkey is unavailable."""
        if self._breaker.permits_call():
            try:
                result = action(self._shared)
            except StorageError as error:
                self._breaker.record_failure()
                log.warning(
                    "rate limits are counted in each process: Valkey is unavailable",
                    error=str(error.storage_error),
                )
            else:
                self._breaker.record_success()
                return result
        return action(self._own)

    def _item(self, limit: RateLimit) -> RateLimitItem:
        return RateLimitItemPerSecond(limit.max_hits, limit.window_s, limit.name)

    def _key(self, identifier: str) -> str:
        return hash_identifier(identifier, pepper=self._pepper)
