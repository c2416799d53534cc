"""Enqueue periodic jobs when they fall due: `python -m jobs.cron`.

It only enqueues; the relay and the workers do the rest. Several of these processes share the
work.
"""

import sys
import threading
from collections.abc import Mapping
from datetime import timedelta

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jobs import process
from jobs.schedule import Periodic, build_schedule
from webapp.db import outbox, schedule
from webapp.db.outbox import enqueue
from webapp.db.schedule import PlannedEntry
from webapp.db.session import Database
from webapp.kit.clock import utc_now

# An entry added by another process is seen after this long at the latest.
MAX_SLEEP_S = 30.0
log = structlog.get_logger()


def sync_schedule(session: Session, periodics: Mapping[str, Periodic]) -> None:
    schedule.sync_entries(
        session,
        {
            name: PlannedEntry(
                each.job,
                each.interval,
                each.interval if each.starts_late else timedelta(),
            )
            for name, each in periodics.items()
        },
    )


def enqueue_at_start(session: Session, periodics: Mapping[str, Periodic]) -> None:
    """Enqueue the jobs that do not wait for their interval after a start."""
    for periodic in periodics.values():
        if periodic.runs_at_start:
            _enqueue_once(session, periodic.job)


def tick(session: Session) -> float:
    """Enqueue the jobs that are due; return the seconds until the next one falls due.

    A job that still has an open message is skipped: an outage would pile them up.
    """
    now = utc_now()
    for job in schedule.claim_due(session, now=now):
        _enqueue_once(session, job)
    upcoming = schedule.find_next_run_at(session)
    wait = (upcoming - now).total_seconds() if upcoming else MAX_SLEEP_S
    return min(max(wait, 0.1), MAX_SLEEP_S)


def _enqueue_once(session: Session, job: str) -> None:
    if not outbox.is_enqueued(session, job):
        enqueue(session, job)
        log.info("job enqueued", job=job)


def run(db: Database, stop: threading.Event, periodics: Mapping[str, Periodic]) -> None:
    with db.unit_of_work() as session:
        sync_schedule(session, periodics)
        enqueue_at_start(session, periodics)
    while not stop.is_set():
        try:
            with db.unit_of_work() as session:
                wait = tick(session)
        except OperationalError as error:
            log.warning("database is unavailable", error=str(error.orig))
            wait = 2.0
        stop.wait(wait)


def main() -> int:
    settings = process.configure_process("cron")
    run(
        Database.from_url(settings.require_database_url(), pool_size=1),
        process.stop_event(),
        build_schedule(settings),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
