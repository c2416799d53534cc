"""Rate limits over a moving window, counted in Valkey, so that a restart does not reset them.

A rate limit must not take the shop down, nor open while it is down: while Valkey does not
answer, each process counts for itself, and no request waits for Valkey but the one that tries
whether it is back.
"""

import hashlib
import time
from collections.abc import Callable
from math import ceil
from typing import TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.retry import Retry

from webapp.adapters.rate_limits.circuit_breaker import CircuitBreaker
from webapp.adapters.rate_limits.port import RateLimit
from webapp.kit.errors import TooManyRequests

log = structlog.get_logger()
T = TypeVar("T")

PREFIX = "ecom67:limits"
# Valkey answers within a thousandth of it.
TIMEOUT_S = 0.25
RETRY_AFTER_S = 5.0


class ValkeyRateLimiter:
    """Counts in Valkey, or in the memory of this process if the URL is `memory://`."""

    def __init__(
        self,
        url: str,
        *,
        pepper: bytes = b"",
        monotonic_clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pepper = pepper[: hashlib.blake2b.MAX_KEY_SIZE]
        # One retry, at once: after a restart of Valkey the pooled connections are dead. Not
        # after a timeout, which would come again.
        options: dict[str, object] = {
            "key_prefix": PREFIX,
            "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
            "socket_timeout": TIMEOUT_S,
            "socket_connect_timeout": TIMEOUT_S,
        }
        storage_options = {} if url.startswith("memory:") else options
        self._shared = MovingWindowRateLimiter(
            storage_from_string(url, wrap_exceptions=True, **storage_options)  # type: ignore[arg-type]
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
        """A keyed hash: e-mail addresses can be guessed, so a plain hash would reveal them."""
        return hashlib.blake2b(
            identifier.encode(), key=self._pepper, digest_size=16
        ).hexdigest()
