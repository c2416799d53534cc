"""A client of Valkey for what a request waits for: it never waits for a server that stalls."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.retry import Retry

from webapp.kit.circuit_breaker import CircuitBreaker

log = structlog.get_logger()
T = TypeVar("T")

# Valkey answers within a thousandth of it.
TIMEOUT_S = 0.25
RETRY_AFTER_S = 5.0


class ValkeyUnavailable(Exception):
    """Valkey did not answer, now or a moment ago."""


def build_client_options() -> Mapping[str, Any]:
    """Options of a `Redis` client. One retry, at once: after a restart of Valkey the pooled
    connections are dead. Not after a timeout, which would come again."""
    return {
        "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
    }


class ValkeyClient:
    """Connects at first use. Of many threads, one waits for a server that does not answer."""

    def __init__(
        self, url: str, *, monotonic_clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = Redis.from_url(url, **build_client_options())
        self._breaker = CircuitBreaker(
            retry_after_s=RETRY_AFTER_S, monotonic_clock=monotonic_clock
        )

    def call(self, command: Callable[[Redis], T]) -> T:
        """Run the command, twice if the connection breaks. Raises `ValkeyUnavailable`."""
        if not self._breaker.permits_call():
            raise ValkeyUnavailable
        try:
            result = command(self._redis)
        except RedisError as error:
            self._breaker.record_failure()
            log.warning("Valkey is unavailable", error=str(error))
            raise ValkeyUnavailable from error
        self._breaker.record_success()
        return result
