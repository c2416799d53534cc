"""A worker with jobs that no shop has: `python -m tests.support.sample_jobs` for the tests."""

import os
import sys
import time
from uuid import uuid4

from sqlalchemy import func, select

from jobs import worker
from jobs.context import JobContext
from jobs.registry import JOBS, JobSpec, QueueName
from webapp.bootstrap import Runtime
from webapp.notifications.models import SentNotification

LIFE = uuid4()


def note(runtime: Runtime, task: JobContext, *, seconds: str = "0") -> None:
    """Write down which process, of which life, did it on which connection."""
    time.sleep(float(seconds))
    with runtime.db.unit_of_work() as session:
        backend = session.scalar(select(func.pg_backend_pid()))
        session.add(
            SentNotification(
                event_key=str(task.message_id),
                channel=f"{os.getpid()} {LIFE}",
                recipient=str(backend),
            )
        )
        task.mark_done(session)


def wait_in_database(runtime: Runtime, _task: JobContext) -> None:
    with runtime.db.unit_of_work() as session:
        session.execute(select(func.pg_sleep(60)))


def die(_runtime: Runtime, _task: JobContext) -> None:
    os._exit(1)


SAMPLE_JOBS = {
    "odd.note": JobSpec(note, QueueName.ORDERS),
    "odd.note_apart": JobSpec(note, QueueName.ORDERS, isolated=True),
    "odd.wait_in_database": JobSpec(wait_in_database, QueueName.ORDERS, timeout_s=1),
    "odd.die_apart": JobSpec(die, QueueName.ORDERS, isolated=True),
}

if __name__ == "__main__":
    JOBS.update(SAMPLE_JOBS)
    worker.ShopWorker.jobs_left = int(os.environ["JOBS_OF_A_LIFE"])
    sys.exit(worker.main([]))
