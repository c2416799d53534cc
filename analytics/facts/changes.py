"""Snapshots of the database, and which orders have changed since one: exact, by transactions.

    with db.unit_of_work() as session:
        snapshot = take_snapshot(session)
        ...  # all that is read in this transaction is of this snapshot
    with db.unit_of_work() as session:
        take_snapshot(session)
        changed = list_changed_orders(session, since=snapshot)

A transaction that began before a snapshot and commits after it is found, as the snapshot names it;
`updated_at` would be older than the snapshot.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import text
from sqlalchemy.orm import Session

from webapp.orders.models import CHANGE_RETENTION

MAX_SNAPSHOT_AGE = CHANGE_RETENTION / 2
"""Changes since an older snapshot may have been deleted from the log."""
REPEATABLE_READ = {"isolation_level": "REPEATABLE READ"}

SNAPSHOT = text("""
    SELECT pg_current_snapshot()::text AS visible, now() AS taken_at,
        system_identifier || '/' || timeline_id || '/' || oid AS server
    FROM pg_control_system(), pg_control_checkpoint(), pg_database
    WHERE datname = current_database()
""")
CHANGES = """
    SELECT DISTINCT order_number, customer FROM order_changes
    WHERE changed_in >= :oldest AND NOT pg_visible_in_snapshot(
        changed_in::text::xid8, CAST(:visible AS pg_snapshot)
    )
"""
CUSTOMERS = text("""
    SELECT DISTINCT coalesce(customer_id::text, customer_ref)
    FROM orders WHERE number = ANY(:numbers)
""")
NUMBERS = text("""
    SELECT number FROM orders WHERE customer_id = ANY(:ids)
    UNION
    SELECT number FROM orders
    WHERE customer_id IS NULL AND customer_ref = ANY(:references)
""")
EXPORT_LOCK = "hashtext('export_orders')"
TRY_EXPORT_LOCK = text(f"SELECT pg_try_advisory_xact_lock({EXPORT_LOCK})")
AWAIT_EXPORT_LOCK = text(f"SELECT pg_advisory_xact_lock({EXPORT_LOCK})")


class DatabaseSnapshot(BaseModel):
    """What a transaction sees: all that was committed when it began to read."""

    server: str
    """Which server, which line of its recovery, which database: transactions of each have their own
    numbers."""
    visible: str
    """PostgreSQL's `pg_snapshot`: the oldest transaction that runs, the next one, and all that run
    of those between them."""
    taken_at: AwareDatetime

    @property
    def oldest_transaction(self) -> int:
        return int(self.visible.split(":")[0])

    @property
    def next_transaction(self) -> int:
        return int(self.visible.split(":")[1])

    def is_known_to(self, later: "DatabaseSnapshot") -> bool:
        """Whether the log tells all that changed between this snapshot and a later one."""
        return (
            self.server == later.server
            and self.next_transaction <= later.next_transaction
            and later.taken_at - self.taken_at < MAX_SNAPSHOT_AGE
        )


def take_snapshot(session: Session) -> DatabaseSnapshot:
    """Begin the session's transaction: all that it reads is of this snapshot."""
    session.connection(execution_options=REPEATABLE_READ)
    return read_snapshot(session)


def read_snapshot(session: Session) -> DatabaseSnapshot:
    row = session.execute(SNAPSHOT).one()
    return DatabaseSnapshot.model_validate(row, from_attributes=True)


def lock_dataset(session: Session) -> bool:
    """Whether no other export of this database runs, nor will begin before the session's
    transaction ends."""
    return bool(session.scalars(TRY_EXPORT_LOCK).one())


def await_dataset(session: Session) -> None:
    """Wait until no other export runs, then as `lock_dataset`."""
    session.execute(AWAIT_EXPORT_LOCK)


def share_snapshot(session: Session) -> str:
    """Name the session's snapshot for `join_snapshot`, as long as its transaction is open."""
    return str(session.scalars(text("SELECT pg_export_snapshot()")).one())


def join_snapshot(session: Session, name: str) -> None:
    """Begin the session's transaction with the snapshot of another one."""
    if not re.fullmatch("[0-9A-F-]+", name):
        raise ValueError(name)
    session.connection(execution_options=REPEATABLE_READ)
    # It takes no parameters.
    session.execute(text(f"SET TRANSACTION SNAPSHOT '{name}'"))


def has_changes(
    session: Session, *, since: DatabaseSnapshot, now: DatabaseSnapshot
) -> bool:
    """Whether orders may have changed between a snapshot and that of the session, `now`."""
    if not since.is_known_to(now):
        return True
    any_change = text(f"SELECT EXISTS ({CHANGES})")
    return bool(session.scalars(any_change, _bind_snapshot(since)).one())


@dataclass(frozen=True)
class ChangedOrders:
    """The numbers of orders whose lines may differ from those of a snapshot, sorted."""

    rewritten: pl.Series
    """Those in the log, deleted ones, too: anything of them may have changed."""
    affected: pl.Series
    """With all orders of their customers, of which only whether the customer is new may have
    changed: a first order makes the later ones those of a returning customer."""


def list_changed_orders(session: Session, *, since: DatabaseSnapshot) -> ChangedOrders:
    changes = session.execute(text(CHANGES), _bind_snapshot(since)).all()
    rewritten = {number for number, _ in changes}
    related: set[int] = set()
    if rewritten:
        customers = {customer for _, customer in changes if customer}
        found = session.scalars(CUSTOMERS, {"numbers": list(rewritten)})
        customers |= {customer for customer in found if customer}
        keys = {"ids": list(_iterate_ids(customers)), "references": list(customers)}
        related = set(session.scalars(NUMBERS, keys))
    return ChangedOrders(_build_series(rewritten), _build_series(rewritten | related))


def _build_series(numbers: Collection[int]) -> pl.Series:
    return pl.Series("order_number", sorted(numbers), dtype=pl.Int64())


def _bind_snapshot(snapshot: DatabaseSnapshot) -> dict[str, int | str]:
    return {"oldest": snapshot.oldest_transaction, "visible": snapshot.visible}


def _iterate_ids(customers: Iterable[str]) -> Iterator[UUID]:
    """The customers that are ids of accounts; others are references in a former shop."""
    for customer in customers:
        with suppress(ValueError):
            yield UUID(customer)
