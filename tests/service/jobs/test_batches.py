"""Small jobs share an entry of the queue, and nothing else."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import func, select, update

from jobs import execution, relay
from jobs.context import JobContext
from jobs.execution import MessageBatch, QueuedMessage
from jobs.registry import JOBS, JobSpec, QueueName
from jobs.relay import MAX_BATCH, Dispatcher, dispatch_due
from jobs.time_limits import TimeLimitExceeded
from tests.support.notification_harness import NotificationHarness
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.notifications.models import SentNotification

NOTE, FAIL, HANG, CHAIN = "test.note", "test.fail", "test.hang", "test.chain"


def note(runtime: Runtime, context: JobContext, **_: str) -> None:
    with runtime.db.unit_of_work() as session:
        session.add(
            SentNotification(
                event_key=str(context.message_id), channel="test", recipient="x"
            )
        )
        context.mark_done(session)


def fail(_runtime: Runtime, _context: JobContext, **_: str) -> None:
    raise LookupError


def hang(_runtime: Runtime, _context: JobContext, **_: str) -> None:
    time.sleep(30)


def chain(
    runtime: Runtime, context: JobContext, *, times: str, fails: str = ""
) -> None:
    """Has itself run next, so many times."""
    with runtime.db.unit_of_work() as session:
        if int(times):
            context.run_next(enqueue(session, CHAIN, times=int(times) - 1))
        if fails:
            session.flush()
            raise LookupError
        context.mark_done(session)


@pytest.fixture(autouse=True)
def _jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    jobs: dict[str, Callable[..., None]] = {NOTE: note, FAIL: fail, CHAIN: chain}
    for name, run in jobs.items():
        spec = JobSpec(run, QueueName.ORDERS, retry_delays_s=(30,), batched=True)
        monkeypatch.setitem(JOBS, name, spec)
    monkeypatch.setitem(
        JOBS, HANG, JobSpec(hang, QueueName.ORDERS, timeout_s=1, batched=True)
    )
    yield
    execution.stopping.clear()
    execution.interrupted.clear()


Enqueue = Callable[..., list[UUID]]


@pytest.fixture
def enqueue_jobs(database: Database) -> Enqueue:
    def enqueue_each(*jobs: str, **arguments: Any) -> list[UUID]:
        with database.unit_of_work() as session:
            return [enqueue(session, job, **arguments).id for job in jobs]

    return enqueue_each


def dispatch_all(db: Database, queues: dict[QueueName, Queue]) -> int:
    with db.unit_of_work() as session:
        return dispatch_due(session, queues)


def read_entries(queues: dict[QueueName, Queue]) -> list[list[QueuedMessage]]:
    """The messages of each entry of the queue, in its order."""
    return [
        [QueuedMessage(job, UUID(each), given) for job, each, given in entry.args[0]]
        for entry in queues[QueueName.ORDERS].jobs
    ]


def list_messages(db: Database) -> list[OutboxMessage]:
    with db.unit_of_work() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def list_done(db: Database) -> list[bool]:
    return [message.done_at is not None for message in list_messages(db)]


def run_all(runtime: Runtime, queues: dict[QueueName, Queue]) -> None:
    dispatch_all(runtime.db, queues)
    [batch] = read_entries(queues)
    MessageBatch(runtime, batch).run()


def test_messages_that_are_due_together_are_one_entry(
    database: Database, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    ids = enqueue_jobs(*[NOTE] * (MAX_BATCH + 1))

    assert dispatch_all(database, queues) == MAX_BATCH + 1

    entries = read_entries(queues)
    assert [len(entry) for entry in entries] == [MAX_BATCH, 1]
    assert {message.id for entry in entries for message in entry} == set(ids)
    assert str(ids[-1]) == queues[QueueName.ORDERS].job_ids[-1], "one alone has its id"


def test_messages_of_other_jobs_are_entries_of_their_own(
    database: Database, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(NOTE, NOTE)
    enqueue_jobs("orders.expire", "orders.expire", order_id=str(UUID(int=1)))

    dispatch_all(database, queues)

    assert sorted(len(entry) for entry in read_entries(queues)) == [1, 1, 2]


def test_each_message_of_a_batch_has_its_effect_and_its_end(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(NOTE, NOTE, NOTE)

    run_all(runtime, queues)

    assert list_done(runtime.db) == [True] * 3
    with runtime.db.unit_of_work() as session:
        count = session.scalar(select(func.count()).select_from(SentNotification))
    assert count == 3


def test_a_message_that_fails_is_retried_alone(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(NOTE, FAIL, NOTE)

    run_all(runtime, queues)

    first, failed, last = list_messages(runtime.db)
    assert first.done_at is not None
    assert last.done_at is not None
    assert "LookupError" in (failed.last_error or "")
    assert (failed.done_at, failed.dispatched_at, failed.attempts) == (None, None, 1)
    delay = failed.due_at - utc_now()
    assert timedelta(seconds=20) < delay <= timedelta(seconds=30)


def test_a_batch_that_was_dispatched_twice_runs_once(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(NOTE, NOTE)
    dispatch_all(runtime.db, queues)
    [batch] = read_entries(queues)

    MessageBatch(runtime, batch).run()
    MessageBatch(runtime, batch).run()

    assert [message.attempts for message in list_messages(runtime.db)] == [1, 1]


def test_a_batch_in_a_long_queue_is_not_queued_again(
    database: Database,
    queues: dict[QueueName, Queue],
    redis: Redis,
    enqueue_jobs: Enqueue,
) -> None:
    enqueue_jobs(NOTE, NOTE)
    dispatch_all(database, queues)

    make_overdue(database)
    dispatch_all(database, queues)
    assert len(read_entries(queues)) == 1

    redis.flushdb()
    make_overdue(database)
    dispatch_all(database, queues)
    assert [len(entry) for entry in read_entries(queues)] == [2]


def make_overdue(db: Database) -> None:
    with db.unit_of_work() as session:
        session.execute(
            update(OutboxMessage).values(due_at=func.now() - timedelta(seconds=1))
        )


def test_what_a_job_has_run_next_runs_in_its_batch(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(CHAIN, times="2")

    run_all(runtime, queues)

    messages = list_messages(runtime.db)
    assert [message.arguments["times"] for message in messages] == ["2", "1", "0"]
    assert all(message.done_at is not None for message in messages)
    assert [message.attempts for message in messages] == [1, 1, 1]


def test_what_a_failed_job_wanted_to_run_next_is_rolled_back_with_it(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(CHAIN, times="2", fails="yes")

    run_all(runtime, queues)

    [message] = list_messages(runtime.db)
    assert "LookupError" in (message.last_error or "")


def test_what_runs_next_is_dispatched_again_if_its_process_dies(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    [first] = enqueue_jobs(CHAIN, times="1")
    chain(runtime, JobContext(first), times="1")
    assert dispatch_all(runtime.db, queues) == 0, "its process may be alive"

    make_overdue(runtime.db)
    run_all(runtime, queues)

    assert list_done(runtime.db) == [True, True]


def test_after_a_time_limit_the_rest_is_dispatched_again(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(NOTE, HANG, NOTE)

    with pytest.raises(TimeLimitExceeded):
        run_all(runtime, queues)

    first, interrupted, rest = list_messages(runtime.db)
    assert execution.interrupted.is_set()
    assert first.done_at is not None
    assert "TimeLimitExceeded" in (interrupted.last_error or "")
    assert (rest.done_at, rest.dispatched_at, rest.started_at) == (None, None, None)
    assert (interrupted.attempts, rest.attempts) == (1, 0)
    assert rest.due_at <= utc_now()


def test_a_worker_that_is_to_end_gives_the_rest_back(
    runtime: Runtime,
    queues: dict[QueueName, Queue],
    enqueue_jobs: Enqueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enqueue_jobs(NOTE, NOTE)

    def note_and_stop(runtime: Runtime, context: JobContext) -> None:
        note(runtime, context)
        execution.stopping.set()

    spec = JobSpec(note_and_stop, QueueName.ORDERS, batched=True)
    monkeypatch.setitem(JOBS, NOTE, spec)

    run_all(runtime, queues)

    assert list_done(runtime.db) == [True, False]
    assert dispatch_all(runtime.db, queues) == 1


def test_what_another_attempt_runs_is_not_given_back(
    runtime: Runtime, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    enqueue_jobs(HANG, NOTE)
    dispatch_all(runtime.db, queues)
    [batch] = read_entries(queues)
    with runtime.db.unit_of_work() as session:
        outbox.start_attempts(session, [batch[1].id], lease=timedelta(minutes=1))

    with pytest.raises(TimeLimitExceeded):
        MessageBatch(runtime, batch).run()

    _, elsewhere = list_messages(runtime.db)
    assert elsewhere.started_at is not None
    assert elsewhere.attempts == 1
    assert dispatch_all(runtime.db, queues) == 0


def test_a_message_is_alone_after_its_first_attempt(
    database: Database, queues: dict[QueueName, Queue], enqueue_jobs: Enqueue
) -> None:
    """One that kills its process would take the others of its batch along each time."""
    ids = enqueue_jobs(NOTE, NOTE, NOTE)
    dispatch_all(database, queues)
    queues[QueueName.ORDERS].empty()
    with database.unit_of_work() as session:
        outbox.start_attempts(session, ids[:2], lease=timedelta())
    make_overdue(database)

    dispatch_all(database, queues)

    assert [len(entry) for entry in read_entries(queues)] == [1, 1, 1]


def test_messages_that_wait_long_in_their_batch_do_not_count_as_lost(
    runtime: Runtime,
    queues: dict[QueueName, Queue],
    enqueue_jobs: Enqueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(execution, "RENEW_AFTER_S", 0.0)
    enqueue_jobs(NOTE, NOTE)
    dispatched: list[int] = []

    def note_slowly(runtime: Runtime, context: JobContext) -> None:
        note(runtime, context)
        dispatched.append(dispatch_all(runtime.db, queues))
        make_overdue(runtime.db)

    monkeypatch.setitem(
        JOBS, NOTE, JobSpec(note_slowly, QueueName.ORDERS, batched=True)
    )

    run_all(runtime, queues)

    assert dispatched == [0, 0]


def test_a_confirmation_is_mailed_from_what_its_teller_has_read(
    runtime: Runtime, queues: dict[QueueName, Queue], statements: list[str]
) -> None:
    harness = NotificationHarness(runtime)
    order_id = harness.create_order(harness.create_customer())
    harness.enqueue_event("order.confirmed", order_id=order_id)
    dispatch_all(runtime.db, queues)
    [entry] = queues[QueueName.MAIL].jobs
    [[job, message_id, given]] = entry.args[0]
    statements.clear()

    MessageBatch(runtime, [QueuedMessage(job, UUID(message_id), given)]).run()

    assert len(harness.read_mails()) == 1
    assert len([each for each in statements if "FROM orders" in each]) == 1
    assert all(message.done_at for message in list_messages(runtime.db))


def test_small_jobs_gather_while_others_are_dispatched_at_once(
    database: Database,
    queues: dict[QueueName, Queue],
    enqueue_jobs: Enqueue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "BATCHED_JOBS", [NOTE])
    monkeypatch.setattr(relay, "BATCH_INTERVAL_S", 0.3)
    dispatcher = Dispatcher(database, queues)
    enqueue_jobs(NOTE)
    dispatcher.dispatch_due()
    assert len(read_entries(queues)) == 1, "the first one waits for nothing"
    [urgent] = enqueue_jobs("payments.charge", order_id=uuid4())
    enqueue_jobs(*[NOTE] * 3)

    wait_s = dispatcher.dispatch_due()

    assert queues[QueueName.PAYMENTS].job_ids == [str(urgent)]
    assert len(read_entries(queues)) == 1
    assert wait_s <= 0.3
    time.sleep(wait_s)
    dispatcher.dispatch_due()
    assert [len(entry) for entry in read_entries(queues)] == [1, 3]
