"""Keeps the schedule: `python -m jobs.cron`.

It only promises; the relay and the workers do the rest. Two of these share the work.
"""

import sys
import threading

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jobs import process
from jobs.schedule import SCHEDULE
from webapp.db import outbox, schedule
from webapp.db.outbox import enqueue
from webapp.db.session import Database
from webapp.kit.clock import utc_now

# Never asleep for longer: a new entry of another process is seen by then.
LONGEST_SLEEP_S = 30.0
log = structlog.get_logger()


def sync_schedule(session: Session) -> None:
    schedule.sync_entries(
        session,
        {
            name: (periodic.job, periodic.interval)
            for name, periodic in SCHEDULE.items()
        },
    )


def tick(session: Session) -> float:
    """Promise what is due; returns the seconds until something is due again.

    A job whose last promise is open yet is not promised again: an outage would pile them up.
    """
    now = utc_now()
    for job in schedule.claim_due(session, now=now):
        if not outbox.is_enqueued(session, job):
            enqueue(session, job)
            log.info("promised", job=job)
    upcoming = schedule.find_next_run_at(session)
    wait = (upcoming - now).total_seconds() if upcoming else LONGEST_SLEEP_S
    return min(max(wait, 0.1), LONGEST_SLEEP_S)


def run(db: Database, stop: threading.Event) -> None:
    with db.unit_of_work() as session:
        sync_schedule(session)
    while not stop.is_set():
        try:
            with db.unit_of_work() as session:
                wait = tick(session)
        except OperationalError as problem:
            log.warning("database is away", error=str(problem.orig))
            wait = 2.0
        stop.wait(wait)


def main() -> int:
    settings = process.configure_process("cron")
    run(
        Database.from_url(settings.require_database_url(), pool_size=1),
        process.stop_event(),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
