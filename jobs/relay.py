"""Dispatch outbox messages to RQ, each at least once: `python -m jobs.relay`.

Woken by `NOTIFY` when a transaction that enqueued a due job commits, and by the clock for messages
that fall due. A message stays open until its job marks it done: one that was dispatched and is
overdue is dispatched again, so that an emptied queue loses nothing.

What is due together is claimed by one statement, sent to Valkey in one round trip and recorded by
one statement; small jobs of a queue are dispatched in batches, which are one entry of the queue,
once a second at most.

The only module that uses a network inside a transaction: the row locks prevent two relays from
dispatching the same message, and Valkey is near and fast.
"""

import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from uuid import UUID

import psycopg
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jobs import process, reconciliation
from jobs.dead_letters import dead_letter
from jobs.queues import build_queues, enqueue_batch
from jobs.registry import JOBS, QueueName
from webapp.db import outbox
from webapp.db.outbox import Dispatch, DueMessage
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.ids import new_id

CLAIM_SIZE = 200
MAX_BATCH = 20
# Polling interval in case a NOTIFY is lost; also the longest delay before a stop is noticed.
MAX_WAIT_S = 2.0
# Between two looks at the outbox, so that messages of many commits are dispatched together.
MIN_INTERVAL_S = 0.1
# Between two dispatches of small jobs: those of many commits share an entry of the queue.
BATCH_INTERVAL_S = 1.0
BATCHED_JOBS = [name for name, spec in JOBS.items() if spec.batched]
# A job that kills its process every time leaves no error: only the count shows it.
MAX_ATTEMPTS = 50
log = structlog.get_logger()


def dispatch_due(
    session: Session, queues: dict[QueueName, Queue], *, without: Collection[str] = ()
) -> int:
    """Dispatch the messages that are due, except of the jobs `without`; return how many were
    claimed."""
    messages = outbox.claim_due(session, without=without, limit=CLAIM_SIZE)
    superseded = reconciliation.find_superseded(session, messages)
    outbox.mark_all_done(session, superseded)
    runnable = [
        message
        for message in messages
        if message.id not in superseded and not _dead_letter_hopeless(session, message)
    ]
    due: list[DueMessage] = []
    queued: list[DueMessage] = []
    for message in runnable:
        queue = queues[JOBS[message.job].queue]
        (queued if is_queued(message, queue) else due).append(message)
    _renew_leases(session, queued)
    dispatch(session, due, queues)
    return len(messages)


def _dead_letter_hopeless(session: Session, message: DueMessage) -> bool:
    """Dead-letter a message that no worker can run; return whether it is one."""
    if message.job not in JOBS:
        dead_letter(session, message.id, error=f"no job {message.job}")
    elif message.attempts >= MAX_ATTEMPTS:
        error = message.last_error or "its process died every time"
        dead_letter(session, message.id, error=error)
    else:
        return False
    return True


def is_queued(message: DueMessage, queue: Queue) -> bool:
    """Whether it was dispatched and no worker has taken it: the queue is long, the job not lost.

    Dispatching it again would make a long queue longer. When a worker has taken it and not
    started, that worker may be dead or alive: if it is alive, the attempt that starts second
    does nothing.
    """
    if message.dispatched_at is None:
        return False
    # Searched from the head, where a message dispatched long ago is found early.
    entry = message.batch_id or message.id
    return queue.get_job_position(str(entry)) is not None


def _renew_leases(session: Session, messages: Sequence[DueMessage]) -> None:
    for lease, group in groupby(sorted(messages, key=_find_lease), key=_find_lease):
        outbox.renew_leases(session, [message.id for message in group], lease=lease)


def _find_lease(message: DueMessage) -> timedelta:
    return JOBS[message.job].lease


def dispatch(
    session: Session, messages: Sequence[DueMessage], queues: dict[QueueName, Queue]
) -> None:
    dispatches: list[Dispatch] = []
    with queues[QueueName.ORDERS].connection.pipeline() as pipeline:
        for queue, batch in _iter_batches(messages):
            batch_id = _choose_batch_id(batch)
            enqueue_batch(queues[queue], batch_id, batch, pipeline=pipeline)
            dispatches += [Dispatch(m.id, batch_id, _find_lease(m)) for m in batch]
        pipeline.execute()
    outbox.record_dispatches(session, dispatches)


def _choose_batch_id(batch: Sequence[DueMessage]) -> UUID:
    """A message alone is found in the queue by its own id."""
    return batch[0].id if len(batch) == 1 else new_id()


def _iter_batches(
    messages: Sequence[DueMessage],
) -> Iterator[tuple[QueueName, Sequence[DueMessage]]]:
    small: dict[QueueName, list[DueMessage]] = {}
    for message in messages:
        spec = JOBS[message.job]
        # After a first attempt it is alone: one that kills its process takes no other along.
        if spec.batched and message.attempts == 0:
            small.setdefault(spec.queue, []).append(message)
        else:
            yield spec.queue, [message]
    for queue, waiting in small.items():
        for start in range(0, len(waiting), MAX_BATCH):
            yield queue, waiting[start : start + MAX_BATCH]


class Dispatcher:
    """Dispatches what is due; small jobs not more often than once in `BATCH_INTERVAL_S`."""

    def __init__(self, db: Database, queues: dict[QueueName, Queue]) -> None:
        self._db = db
        self._queues = queues
        self._batched_at = float("-inf")

    def dispatch_due(self) -> float:
        """Dispatch everything that is due; return the seconds until there may be more."""
        hold_s = self._batched_at + BATCH_INTERVAL_S - time.monotonic()
        if hold_s > 0:
            return min(self._drain(without=BATCHED_JOBS), hold_s)
        self._batched_at = time.monotonic()
        return self._drain()

    def _drain(self, *, without: Collection[str] = ()) -> float:
        """Return the seconds until the next message is due."""
        while True:
            with self._db.unit_of_work() as session:
                claimed = dispatch_due(session, self._queues, without=without)
                upcoming = outbox.find_next_due_at(session, without=without)
            if claimed < CLAIM_SIZE:
                break
        if upcoming is None:
            return MAX_WAIT_S
        return min(max((upcoming - utc_now()).total_seconds(), 0.01), MAX_WAIT_S)


def run(db: Database, url: str, redis: Redis, stop: threading.Event) -> None:
    dispatcher = Dispatcher(db, build_queues(redis))
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True) as listener:
                listener.execute(f"LISTEN {outbox.NOTIFY_CHANNEL}")
                while not stop.is_set():
                    _serve_once(dispatcher, listener, stop)
        except (OperationalError, psycopg.OperationalError) as error:
            log.warning("database is unavailable", error=str(error).strip())
            stop.wait(1)
        except RedisError as error:
            log.warning("queue is unavailable", error=str(error))
            stop.wait(1)


def _serve_once(
    dispatcher: Dispatcher, listener: psycopg.Connection, stop: threading.Event
) -> None:
    started = time.monotonic()
    wait = dispatcher.dispatch_due()
    for _ in listener.notifies(timeout=wait, stop_after=1):
        pass
    stop.wait(max(0.0, started + MIN_INTERVAL_S - time.monotonic()))


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
