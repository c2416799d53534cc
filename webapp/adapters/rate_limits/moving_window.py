"""Rate limits over a moving window, counted in Valkey, so that a restart does not reset them.

A rate limit must not take the shop down: while Valkey is unavailable every request is allowed,
and a warning is logged.
"""

import hashlib
import time
from math import ceil

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.adapters.rate_limits.port import RateLimit
from webapp.kit.errors import TooManyRequests

log = structlog.get_logger()

PREFIX = "ecom67:limits"
# A request may wait for two of these; Valkey answers within a thousandth of it.
TIMEOUT_S = 0.5


class ValkeyRateLimiter:
    """Counts in Valkey, or in the memory of this process if the URL is `memory://`."""

    def __init__(self, url: str, *, pepper: bytes = b"") -> None:
        self._pepper = pepper[: hashlib.blake2b.MAX_KEY_SIZE]
        # One retry, at once: after a restart of Valkey the pooled connections are dead.
        options: dict[str, object] = {
            "key_prefix": PREFIX,
            "retry": Retry(NoBackoff(), 1),
            "socket_timeout": TIMEOUT_S,
            "socket_connect_timeout": TIMEOUT_S,
        }
        storage_options = {} if url.startswith("memory:") else options
        self._window = MovingWindowRateLimiter(
            storage_from_string(url, wrap_exceptions=True, **storage_options)  # type: ignore[arg-type]
        )

    def hit(self, limit: RateLimit, identifier: str) -> None:
        item, key = self._item(limit), self._key(identifier)
        try:
            if self._window.hit(item, key):
                return
            free_at = self._window.get_window_stats(item, key).reset_time
        except StorageError as error:
            self._log_unavailable(limit, error)
            return
        retry_after = max(1, ceil(free_at - time.time()))
        raise TooManyRequests(
            "Too many attempts; try again later", retry_after=retry_after
        )

    def reset(self, limit: RateLimit, identifier: str) -> None:
        try:
            self._window.clear(self._item(limit), self._key(identifier))
        except StorageError as error:
            self._log_unavailable(limit, error)

    def _item(self, limit: RateLimit) -> RateLimitItem:
        return RateLimitItemPerSecond(limit.max_hits, limit.window_s, limit.name)

    def _key(self, identifier: str) -> str:
        """A keyed hash: e-mail addresses can be guessed, so a plain hash would reveal them."""
        return hashlib.blake2b(
            identifier.encode(), key=self._pepper, digest_size=16
        ).hexdigest()

    def _log_unavailable(self, limit: RateLimit, error: StorageError) -> None:
        log.warning(
            "rate limits are not counted: Valkey is unavailable",
            limit=limit.name,
            error=str(error.storage_error),
        )
