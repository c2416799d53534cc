"""Dispatch outbox messages to RQ, each at least once: `python -m jobs.relay`.

Woken by `NOTIFY` when a transaction that enqueued a job commits, and by the clock for messages
that fall due. A message stays open until its job marks it done: one that was dispatched and is
overdue is dispatched again, so that an emptied queue loses nothing.

The only module that uses a network inside a transaction: the row locks prevent two relays from
dispatching the same message, and Valkey is near and fast.
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
from jobs.queues import build_queues
from jobs.registry import JOBS, JobSpec, QueueName
from webapp.db import outbox
from webapp.db.outbox import OutboxMessage
from webapp.db.session import Database
from webapp.kit.clock import utc_now

BATCH_SIZE = 200
# Polling interval in case a NOTIFY is lost; also the longest delay before a stop is noticed.
MAX_WAIT_S = 2.0
# A job that kills its process every time leaves no error: only the count shows it.
MAX_ATTEMPTS = 50
RESULT_TTL_S = 60
FAILURE_TTL_S = 7 * 24 * 3_600
log = structlog.get_logger()


def dispatch_due(session: Session, queues: dict[QueueName, Queue]) -> int:
    """Dispatch the messages that are due; return how many were claimed."""
    messages = outbox.claim_due(session, limit=BATCH_SIZE)
    superseded = reconciliation.find_superseded(session, messages)
    for message in messages:
        spec = JOBS.get(message.job)
        if message.id in superseded:
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
    """Whether it was dispatched and no worker has taken it: the queue is long, the job not lost.

    Dispatching it again would make a long queue longer. When a worker has taken it and not
    started, that worker may be dead or alive: if it is alive, the attempt that starts second
    does nothing.
    """
    if message.dispatched_at is None:
        return False
    # Searched from the head, where a message dispatched long ago is found early.
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
    """Dispatch everything that is due; return the seconds until the next message is."""
    while True:
        with db.unit_of_work() as session:
            claimed = dispatch_due(session, queues)
        if claimed < BATCH_SIZE:
            break
    with db.unit_of_work() as session:
        upcoming = outbox.find_next_due_at(session)
    if upcoming is None:
        return MAX_WAIT_S
    return min(max((upcoming - utc_now()).total_seconds(), 0.01), MAX_WAIT_S)


def run(db: Database, url: str, redis: Redis, stop: threading.Event) -> None:
    queues = build_queues(redis)
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True) as listener:
                listener.execute(f"LISTEN {outbox.NOTIFY_CHANNEL}")
                while not stop.is_set():
                    wait = drain(db, queues)
                    for _ in listener.notifies(timeout=wait, stop_after=1):
                        pass
        except (OperationalError, psycopg.OperationalError) as error:
            log.warning("database is unavailable", error=str(error).strip())
            stop.wait(1)
        except RedisError as error:
            log.warning("queue is unavailable", error=str(error))
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
