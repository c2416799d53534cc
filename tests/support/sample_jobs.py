"""A worker with jobs for its tests: `python -m tests.support.sample_jobs`."""

import os
import sys
import time
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select

from jobs import registry, worker
from jobs.context import JobContext
from jobs.registry import JOBS, JobSpec, QueueName
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.notifications.models import SentNotification

PROCESS_ID = uuid4()
"""Differs after a restart by `exec`, which keeps the pid."""


def note(runtime: Runtime, context: JobContext, *, seconds: str = "0") -> None:
    """Record the process, as of its last restart, and the connection that ran the job."""
    time.sleep(float(seconds))
    with runtime.db.unit_of_work() as session:
        backend = session.scalar(select(func.pg_backend_pid()))
        session.add(
            SentNotification(
                event_key=str(context.message_id),
                channel=f"{os.getpid()} {PROCESS_ID}",
                recipient=str(backend),
            )
        )
        context.mark_done(session)


def hang_at_first(runtime: Runtime, context: JobContext) -> None:
    """The first attempt at it does not end by itself."""
    with runtime.db.unit_of_work() as session:
        attempts = outbox.require_message(session, context.message_id).attempts
    if attempts == 1:
        time.sleep(500)
    note(runtime, context)


def wait_in_database(runtime: Runtime, _context: JobContext) -> None:
    with runtime.db.unit_of_work() as session:
        session.execute(select(func.pg_sleep(60)))


def die(_runtime: Runtime, _context: JobContext) -> None:
    os._exit(1)


SAMPLE_JOBS = {
    "sample.note": JobSpec(note, QueueName.ORDERS),
    "sample.note_isolated": JobSpec(note, QueueName.ORDERS, isolated=True),
    "sample.hang_at_first": JobSpec(
        hang_at_first, QueueName.ORDERS, timeout_s=600, heartbeat=True
    ),
    "sample.wait_in_database": JobSpec(wait_in_database, QueueName.ORDERS, timeout_s=1),
    "sample.die_isolated": JobSpec(die, QueueName.ORDERS, isolated=True),
}

if __name__ == "__main__":
    JOBS.update(SAMPLE_JOBS)
    registry.LEASE_GRACE = timedelta(seconds=float(os.environ["LEASE_GRACE_S"]))
    worker.ShopWorker.messages_left = int(os.environ["MAX_MESSAGES_PER_WORKER"])
    sys.exit(worker.run_until_stopped([]))
