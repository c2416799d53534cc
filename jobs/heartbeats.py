"""Leases that are renewed while their job runs.

A process that dies renews nothing: its message is dispatched again after one lease, however long
the job may take.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from threading import Event, Thread
from typing import Self
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from jobs.registry import JobSpec
from webapp.db import outbox
from webapp.db.session import Database

RENEWALS_A_LEASE = 4
"""So that a lease outlasts some that are late, or that the database does not take."""
log = structlog.get_logger()


def renew_while_running(
    db: Database, message_id: UUID, spec: JobSpec
) -> AbstractContextManager[object]:
    """Around the job: nothing is renewed once the block has ended."""
    if not spec.heartbeat:
        return nullcontext()
    return Heartbeat(db, message_id, lease=spec.lease)


class Heartbeat:
    """A thread that renews the lease of a message."""

    def __init__(self, db: Database, message_id: UUID, *, lease: timedelta) -> None:
        self._db = db
        self._message_id = message_id
        self._lease = lease
        self._stopping = Event()
        self._thread = Thread(
            target=self._renew_leases, name=f"heartbeat {message_id}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _renew_leases(self) -> None:
        interval_s = self._lease.total_seconds() / RENEWALS_A_LEASE
        while not self._stopping.wait(interval_s):
            try:
                with self._db.unit_of_work() as session:
                    outbox.renew_leases(session, [self._message_id], lease=self._lease)
            except SQLAlchemyError as error:
                log.warning("lease not renewed", error=str(error))
