"""Who is turned away although the token is good, and who is seen for the first time.

A token cannot be taken back, and looking every caller up would cost each request a
statement and a connection. So each web process keeps the list of accounts deleted lately,
which is short, and reads it again when it is a second old. The list comes from the
database and not from Valkey, whose content may be lost without anybody getting back in.
"""

from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from webapp.accounts import pool_members, service
from webapp.accounts.errors import AccountGone
from webapp.adapters.identity.port import PoolMember
from webapp.db.session import Database
from webapp.kit.clock import utc_now

STALE_AFTER = timedelta(seconds=1)
# Longer than any of our tokens lives.
LOOK_BACK = timedelta(hours=2)
# 10,000 members ≈ 2 MB; then everybody is looked up once more.
MAX_MET = 10_000


class AccountStatusCache:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._lock = Lock()
        self._gone: set[UUID] = set()
        self._looked_at: datetime | None = None
        self._is_stale = True
        self._met: set[tuple[UUID, str | None, str]] = set()

    def require_active(self, customer_id: UUID) -> None:
        now = utc_now()
        with self._lock:
            if self._is_stale or now - (self._looked_at or now) > STALE_AFTER:
                self._look(now)
        if customer_id in self._gone:
            raise AccountGone

    def _look(self, now: datetime) -> None:
        """Back from the last look as well: a pool's tokens may live longer than ours."""
        since = min(now, self._looked_at or now) - LOOK_BACK
        with self._db.unit_of_work() as session:
            self._gone |= service.list_deleted_since(session, since=since)
        self._looked_at = now
        self._is_stale = False

    def provision_member(self, member: PoolMember) -> None:
        """Once a process and profile; a row that is there stays there."""
        profile = (member.id, member.email, member.name)
        if profile in self._met:
            return
        with self._db.unit_of_work() as session:
            pool_members.provision_member(session, member=member, now=utc_now())
            if service.find_customer(session, customer_id=member.id) is None:
                raise AccountGone
        if len(self._met) >= MAX_MET:
            self._met.clear()
        self._met.add(profile)

    def invalidate(self) -> None:
        self._is_stale = True
