"""Rejects access tokens of deleted accounts and revoked ones, and provisions members of a user
pool.

Looking every caller up would cost each request a statement and a connection. So each web
process caches the accounts that were deleted recently, and those whose access tokens were
revoked, which are few, and refreshes both when they are a second old. They are read from the
database and not from Valkey, whose content may be lost without letting a deleted account in.
"""

from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from webapp.accounts import pool_members, service
from webapp.accounts.errors import AccountGone, TokenRevoked
from webapp.adapters.identity.port import PoolMember
from webapp.db.session import Database
from webapp.kit.clock import utc_now

MAX_AGE = timedelta(seconds=1)
# Longer than the lifetime of the shop's own access tokens.
LOOKBACK = timedelta(hours=2)
# 10,000 profiles ≈ 2 MB; then the cache is cleared and every member is looked up once more.
MAX_CACHED_PROFILES = 10_000


class AccountStatusCache:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = Lock()
        self._deleted_ids: set[UUID] = set()
        self._token_versions: dict[UUID, int] = {}
        self._refreshed_at: datetime | None = None
        self._is_stale = True
        self._cached_profiles: set[tuple[UUID, str | None, str]] = set()

    def require_active(
        self, customer_id: UUID, *, token_version: int | None = None
    ) -> None:
        """`None` for a token of the user pool, which revokes its own.

        Raises `AccountGone` and `TokenRevoked`.
        """
        now = utc_now()
        with self._lock:
            if self._is_stale or now - (self._refreshed_at or now) > MAX_AGE:
                self._refresh(now)
        if customer_id in self._deleted_ids:
            raise AccountGone
        if token_version is not None and token_version < self._token_versions.get(
            customer_id, 0
        ):
            raise TokenRevoked

    def _refresh(self, now: datetime) -> None:
        """Add the accounts changed since `LOOKBACK` before the last refresh.

        No id is dropped: a user pool's tokens may live longer than the shop's own.
        """
        since = min(now, self._refreshed_at or now) - LOOKBACK
        with self._db.unit_of_work() as session:
            revoked = service.list_revoked_access(session, since=since)
        self._deleted_ids |= revoked.deleted_ids
        self._token_versions |= revoked.token_versions
        self._refreshed_at = now
        self._is_stale = False

    def provision_member(self, member: PoolMember) -> None:
        """Insert or update the member's row, once per process and profile: rows are never removed.

        Raises `AccountGone`.
        """
        profile = (member.id, member.email, member.name)
        if profile in self._cached_profiles:
            return
        with self._db.unit_of_work() as session:
            pool_members.provision_member(session, member=member, now=utc_now())
            if service.find_customer(session, customer_id=member.id) is None:
                raise AccountGone
        if len(self._cached_profiles) >= MAX_CACHED_PROFILES:
            self._cached_profiles.clear()
        self._cached_profiles.add(profile)

    def invalidate(self) -> None:
        self._is_stale = True
