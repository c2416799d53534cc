"""Concurrency limits, as leases in Valkey: what many processes hold at the same time.

Each process renews the leases that it holds, all at once: those of a killed process expire,
and those that Valkey has lost come back. While Valkey does not answer, each process counts what
it holds itself.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import ceil
from threading import Lock, Thread

import structlog
from redis import Redis

from webapp.adapters.rate_limits.port import ConcurrencyLimit
from webapp.kit.errors import TooManyRequests
from webapp.kit.hashing import hash_identifier
from webapp.kit.valkey import ValkeyClient, ValkeyUnavailable

log = structlog.get_logger()

PREFIX = "ecom67:leases"
LEASE_S = 60.0
RENEWALS_PER_LEASE = 3

# A sorted set of leases by the time at which they expire, which is Valkey's own: the clocks of
# several machines differ. KEYS: the set. ARGV: milliseconds of a lease, limit (none: 0), leases.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for i = 3, #ARGV do
  if limit > 0 and redis.call('ZCARD', KEYS[1]) >= limit
      and not redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    return 0
  end
  redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
"""
NO_LIMIT = 0


class LeasedConcurrencyLimiter:
    """Counts in Valkey, or in the memory of this process if there is no URL."""

    def __init__(
        self, url: str | None, *, pepper: bytes = b"", lease_s: float = LEASE_S
    ) -> None:
        self._valkey = ValkeyClient(url) if url else None
        self._pepper = pepper
        self._lease_s = lease_s
        self._lock = Lock()
        self._held: dict[str, set[str]] = {}
        """The leases of this process, by key."""
        self._renewing: Thread | None = None

    @contextmanager
    def hold(self, limit: ConcurrencyLimit, identifier: str) -> Iterator[None]:
        digest = hash_identifier(identifier, pepper=self._pepper)
        key, lease = f"{PREFIX}:{limit.name}:{digest}", secrets.token_hex(8)
        with self._lock:
            held = self._held.setdefault(key, set())
            has_room = len(held) < limit.max_holders
            if has_room:
                held.add(lease)
        if not has_room:
            raise self._build_error()
        try:
            if not self._take(key, lease, limit.max_holders):
                raise self._build_error()
            yield
        finally:
            self._release(key, lease)

    def renew_leases(self) -> None:
        """Renew all that this process holds, in one round trip."""
        with self._lock:
            held = {key: set(leases) for key, leases in self._held.items()}
        if self._valkey is None or not held:
            return
        with suppress(ValkeyUnavailable):
            self._valkey.call(lambda redis: self._send_renewals(redis, held))
        # What was released meanwhile may have been renewed after it.
        with self._lock:
            released = {
                key: leases - self._held.get(key, set()) for key, leases in held.items()
            }
        for key, leases in released.items():
            self._remove(key, leases)

    def _send_renewals(self, redis: Redis, held: Mapping[str, set[str]]) -> None:
        with redis.pipeline(transaction=False) as pipeline:
            for key, leases in held.items():
                pipeline.eval(TAKE, 1, key, *self._arguments(NO_LIMIT, *leases))
            pipeline.execute()

    def _take(self, key: str, lease: str, max_holders: int) -> bool:
        if self._valkey is None:
            return True
        self._begin_renewing()
        arguments = self._arguments(max_holders, lease)
        try:
            return bool(
                self._valkey.call(lambda redis: redis.eval(TAKE, 1, key, *arguments))
            )
        except ValkeyUnavailable:
            return True

    def _release(self, key: str, lease: str) -> None:
        with self._lock:
            held = self._held[key]
            held.discard(lease)
            if not held:
                del self._held[key]
        self._remove(key, {lease})

    def _remove(self, key: str, leases: set[str]) -> None:
        if self._valkey is not None and leases:
            with suppress(ValkeyUnavailable):  # they expire
                self._valkey.call(lambda redis: redis.zrem(key, *leases))

    def _arguments(self, max_holders: int, *leases: str) -> list[str]:
        return [str(int(self._lease_s * 1000)), str(max_holders), *leases]

    def _build_error(self) -> TooManyRequests:
        return TooManyRequests(
            "Too many are open at once: close some", retry_after=ceil(self._lease_s)
        )

    def _begin_renewing(self) -> None:
        """At first use: a thread would not be there after a fork."""
        with self._lock:
            if self._renewing is None:
                self._renewing = Thread(
                    target=self._renew_forever, name="leases", daemon=True
                )
                self._renewing.start()

    def _renew_forever(self) -> None:
        while True:
            time.sleep(self._lease_s / RENEWALS_PER_LEASE)
            try:
                self.renew_leases()
            except Exception:  # the outermost loop of this thread
                log.exception("leases were not renewed")
