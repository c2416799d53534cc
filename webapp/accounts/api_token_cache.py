"""Verifies API tokens with few queries.

Each web process caches a token for a second: revoking it takes effect within that time, and a
program that calls often costs one statement a second. Unknown tokens are looked up each time, and
limited by network; valid ones are not, so that a stranger's guesses keep no program out.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from webapp.accounts import api_tokens, rate_limits
from webapp.accounts.errors import ApiTokenExpired, UnknownApiToken
from webapp.adapters.rate_limits.port import RateLimiter
from webapp.db.session import Database
from webapp.http.access import ApiTokenGrant
from webapp.kit.clock import utc_now
from webapp.kit.hashing import hash_token

MAX_AGE = timedelta(seconds=1)
MAX_CACHED = 10_000
"""Then the cache is cleared: there are few tokens, but processes run long."""


class ApiTokenCache:
    def __init__(
        self,
        db: Database,
        limiter: RateLimiter,
        *,
        requests_per_minute: int,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = db
        self._limiter = limiter
        self._requests_per_minute = requests_per_minute
        self._clock = clock
        self._lock = Lock()
        self._grants: dict[str, tuple[ApiTokenGrant, datetime]] = {}
        """By hash, with the time at which it was read."""

    def verify_token(self, token: str, *, address: str | None) -> ApiTokenGrant:
        """Raises `UnknownApiToken`, `ApiTokenExpired` and `TooManyRequests`."""
        now = self._clock()
        grant = self._find_grant(hash_token(token), now)
        if grant is None:
            rate_limits.limit_token_guesses(self._limiter, address=address)
            raise UnknownApiToken
        if grant.expires_at <= now:
            raise ApiTokenExpired(grant.expires_at)
        rate_limits.limit_token_requests(
            self._limiter,
            token_id=grant.token_id,
            per_minute=self._requests_per_minute,
        )
        return grant

    def _find_grant(self, token_hash: str, now: datetime) -> ApiTokenGrant | None:
        with self._lock:
            grant, read_at = self._grants.get(token_hash, (None, now))
        if grant is not None and timedelta() <= now - read_at <= MAX_AGE:
            return grant
        grant = self._read_grant(token_hash, now)
        with self._lock:
            self._grants.pop(token_hash, None)
            if len(self._grants) >= MAX_CACHED:
                self._grants.clear()
            if grant is not None:
                self._grants[token_hash] = grant, now
        return grant

    def _read_grant(self, token_hash: str, now: datetime) -> ApiTokenGrant | None:
        with self._db.unit_of_work() as session:
            row = api_tokens.find_token(session, token_hash=token_hash)
            if row is None:
                return None
            if row.expires_at > now:
                api_tokens.record_use(row, now=now)
            return ApiTokenGrant(
                row.id, row.name, frozenset(row.scopes), row.expires_at
            )

    def invalidate(self) -> None:
        with self._lock:
            self._grants.clear()
