"""Hands promised jobs to RQ, at least once each: `python -m jobs.relay`.

Woken by `NOTIFY` when a transaction with a promise commits, and by the clock for what falls
due. A promise stays open until its job has kept it: what was handed over and is overdue is
handed over again, so that an emptied queue loses nothing.

The one place that talks to a network inside a transaction: the row locks are what keep two
relays from sending the same promise, and Valkey is near and quick.
"""

import sys
import threading

import psycopg
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy import func
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jobs import process, reconciliation
from jobs.dead_letters import dead_letter
from jobs.registry import JOBS, JobSpec, QueueName
from webapp.db import outbox
from webapp.db.outbox import OutboxMessage
from webapp.db.session import Database
from webapp.kit.clock import utc_now

BATCH = 200
# The safety net under NOTIFY; also how late a stop is noticed at most.
LONGEST_WAIT_S = 2.0
# A job that takes its process with it every time leaves no error: the count tells.
MAX_ATTEMPTS = 50
RESULT_TTL_S = 60
FAILURE_TTL_S = 7 * 24 * 3_600
log = structlog.get_logger()


def dispatch_due(session: Session, queues: dict[QueueName, Queue]) -> int:
    """Hand over what is due; returns how many promises that were."""
    messages = outbox.claim_due(session, limit=BATCH)
    needless = reconciliation.find_superseded(session, messages)
    for message in messages:
        spec = JOBS.get(message.job)
        if message.id in needless:
            outbox.mark_done(session, message.id)
        elif spec is None:
            dead_letter(session, message.id, error=f"no job {message.job}")
        elif message.attempts >= MAX_ATTEMPTS:
            dead_letter(
                session,
                message.id,
                error=message.last_error or "its process died every time",
            )
        elif is_queued(message, queues[spec.queue]):
            message.due_at = func.now() + spec.lease
        else:
            dispatch(message, spec, queues[spec.queue])
    return len(messages)


def is_queued(message: OutboxMessage, queue: Queue) -> bool:
    """Handed over, and no worker has taken it: the queue is long, not the job lost.

    To hand it over again would make a long queue longer. Of one that a worker has taken and
    not begun with, nobody knows whether that worker lives: if it does, the run that begins
    second does nothing.
    """
    if message.dispatched_at is None:
        return False
    # Looked for from the head, where what was handed over long ago is soon found.
    return queue.get_job_position(str(message.id)) is not None


def dispatch(message: OutboxMessage, spec: JobSpec, queue: Queue) -> None:
    queue.enqueue_call(
        "jobs.execution.perform",
        args=(message.job, str(message.id), message.arguments),
        job_id=str(message.id),
        timeout=spec.timeout_s,
        result_ttl=RESULT_TTL_S,
        failure_ttl=FAILURE_TTL_S,
        description=message.job,
    )
    message.dispatched_at = func.now()
    message.due_at = func.now() + spec.lease


def drain(db: Database, queues: dict[QueueName, Queue]) -> float:
    """Hand over everything that is due; returns the seconds until something else is."""
    while True:
        with db.unit_of_work() as session:
            handed_over = dispatch_due(session, queues)
        if handed_over < BATCH:
            break
    with db.unit_of_work() as session:
        upcoming = outbox.find_next_due_at(session)
    if upcoming is None:
        return LONGEST_WAIT_S
    return min(max((upcoming - utc_now()).total_seconds(), 0.01), LONGEST_WAIT_S)


def run(db: Database, url: str, redis: Redis, stop: threading.Event) -> None:
    queues = {lane: Queue(lane, connection=redis) for lane in QueueName}
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True) as listener:
                listener.execute(f"LISTEN {outbox.NOTIFY_CHANNEL}")
                while not stop.is_set():
                    wait = drain(db, queues)
                    for _ in listener.notifies(timeout=wait, stop_after=1):
                        pass
        except (OperationalError, psycopg.OperationalError) as problem:
            log.warning("database is away", error=str(problem).strip())
            stop.wait(1)
        except RedisError as problem:
            log.warning("queue is away", error=str(problem))
            stop.wait(1)


def main() -> int:
    settings = process.configure_process("relay")
    url = settings.require_database_url()
    run(
        Database.from_url(url, pool_size=1),
        url,
        Redis.from_url(settings.require_redis_url()),
        process.stop_event(),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
