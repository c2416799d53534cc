"""Rate limits over a moving window, counted in Valkey, where a restart does not forget them.

A limit protects; it must not be what stops the shop. While Valkey is away every request passes,
and the log says so.
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
TIMEOUT_SECONDS = 0.5


class ValkeyRateLimiter:
    """In Valkey, or in the memory of this process for an address of `memory://`."""

    def __init__(self, url: str, *, pepper: bytes = b"") -> None:
        self._pepper = pepper[: hashlib.blake2b.MAX_KEY_SIZE]
        # One try more, at once: after a restart of Valkey the kept connections are dead.
        options: dict[str, object] = {
            "key_prefix": PREFIX,
            "retry": Retry(NoBackoff(), 1),
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
        }
        chosen = {} if url.startswith("memory:") else options
        self._window = MovingWindowRateLimiter(
            storage_from_string(url, wrap_exceptions=True, **chosen)  # type: ignore[arg-type]
        )

    def hit(self, limit: RateLimit, who: str) -> None:
        item, key = self._item(limit), self._key(who)
        try:
            if self._window.hit(item, key):
                return
            free_at = self._window.get_window_stats(item, key).reset_time
        except StorageError as problem:
            self._let_through(limit, problem)
            return
        wait = max(1, ceil(free_at - time.time()))
        raise TooManyRequests("Too many attempts; try again later", retry_after=wait)

    def reset(self, limit: RateLimit, who: str) -> None:
        try:
            self._window.clear(self._item(limit), self._key(who))
        except StorageError as problem:
            self._let_through(limit, problem)

    def _item(self, limit: RateLimit) -> RateLimitItem:
        return RateLimitItemPerSecond(limit.max_hits, limit.window_s, limit.name)

    def _key(self, who: str) -> str:
        """E-mail addresses can be guessed, so a plain hash would give them away."""
        return hashlib.blake2b(
            who.encode(), key=self._pepper, digest_size=16
        ).hexdigest()

    def _let_through(self, limit: RateLimit, problem: StorageError) -> None:
        log.warning(
            "limits are not counted: Valkey is away",
            limit=limit.name,
            error=str(problem.storage_error),
        )
