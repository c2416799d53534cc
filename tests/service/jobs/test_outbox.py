"""A promise is kept once, whatever happens to queues and processes in between."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue
from rq.timeouts import JobTimeoutException
from sqlalchemy import func, select, update

from jobs.context import JobContext
from jobs.execution import run_job
from jobs.registry import JobSpec, QueueName
from jobs.relay import MAX_ATTEMPTS, dispatch_due
from jobs.worker import TimeLimitDeathPenalty, TimeLimitExceeded
from tests.support.locks import count_lock_waiters
from tests.support.platform_client import eventually
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.notifications.models import SentNotification


def promised(db: Database, **later: timedelta) -> UUID:
    with db.unit_of_work() as session:
        return enqueue(session, "orders.fulfil", order_id="x", **later).id


def message(db: Database, message_id: UUID) -> OutboxMessage:
    with db.unit_of_work() as session:
        return session.get_one(OutboxMessage, message_id)


def make_overdue(db: Database) -> None:
    with db.unit_of_work() as session:
        session.execute(
            update(OutboxMessage).values(due_at=func.now() - timedelta(seconds=1))
        )


def handed_over(db: Database, queues: dict[QueueName, Queue]) -> int:
    with db.unit_of_work() as session:
        return dispatch_due(session, queues)


def mark(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
    """A job whose effect can be counted."""
    with runtime.db.unit_of_work() as session:
        session.add(
            SentNotification(
                event_key=str(task.message_id), channel="test", recipient=order_id
            )
        )
        task.mark_done(session)


def fail(_runtime: Runtime, _task: JobContext, *, order_id: str) -> None:
    raise LookupError(order_id)


def perform(runtime: Runtime, message_id: UUID, job: Callable[..., None]) -> None:
    spec = JobSpec(job, QueueName.ORDERS, retry_delays_s=(30, 60))
    run_job(runtime, spec, JobContext(message_id), arguments={"order_id": "x"})


def take(db: Database, queues: dict[QueueName, Queue]) -> int:
    """Hand over what is overdue, and take it from the queue as a worker does."""
    make_overdue(db)
    taken = handed_over(db, queues)
    queues[QueueName.ORDERS].empty()
    return taken


def fail_for_good(
    runtime: Runtime, message_id: UUID, queues: dict[QueueName, Queue]
) -> None:
    while message(runtime.db, message_id).dead_lettered_at is None:
        take(runtime.db, queues)
        with pytest.raises(LookupError):
            perform(runtime, message_id, fail)


def effects(db: Database) -> int:
    with db.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(SentNotification)) or 0


def test_a_promise_is_handed_over_once_it_is_due(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    promised(database, after=timedelta(minutes=5))

    assert handed_over(database, queues) == 1
    assert handed_over(database, queues) == 0
    assert queues[QueueName.ORDERS].job_ids == [str(message_id)]


def test_a_promise_of_a_rolled_back_transaction_is_never_sent(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    def change_of_mind() -> None:
        with database.unit_of_work() as session:
            enqueue(session, "orders.fulfil", order_id="x")
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        change_of_mind()

    assert handed_over(database, queues) == 0


def test_losing_everything_in_the_queue_loses_no_promise(
    database: Database, queues: dict[QueueName, Queue], redis: Redis
) -> None:
    message_id = promised(database)
    handed_over(database, queues)
    redis.flushdb()
    assert handed_over(database, queues) == 0, "not overdue yet"

    make_overdue(database)

    assert handed_over(database, queues) == 1
    assert queues[QueueName.ORDERS].job_ids == [str(message_id)]


def test_what_waits_in_a_long_queue_is_not_queued_again(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    handed_over(database, queues)
    with database.unit_of_work() as session:
        session.execute(
            update(OutboxMessage).values(dispatched_at=func.now() - timedelta(hours=1))
        )
    for _ in range(3):
        make_overdue(database)
        handed_over(database, queues)

    assert queues[QueueName.ORDERS].count == 1
    assert message(database, message_id).due_at > utc_now()


def test_what_a_worker_took_and_did_not_begin_with_is_handed_over_again(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    handed_over(database, queues)
    queues[QueueName.ORDERS].pop_job_id()
    make_overdue(database)

    handed_over(database, queues)

    assert queues[QueueName.ORDERS].job_ids == [str(message_id)]
    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)
    perform(runtime, message_id, mark)
    assert effects(database) == 0, "the worker was only slow: a hand-over is one run"


def begun(db: Database, message_id: UUID) -> int | None:
    with db.unit_of_work() as session:
        return outbox.start_attempt(session, message_id, lease=timedelta(minutes=1))


def test_a_worker_may_be_quicker_than_the_commit_of_a_second_hand_over(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    handed_over(database, queues)
    assert begun(database, message_id) == 1
    queues[QueueName.ORDERS].empty()
    make_overdue(database)

    with ThreadPoolExecutor(1) as pool:
        with database.unit_of_work() as session:
            dispatch_due(session, queues)
            [taken] = queues[QueueName.ORDERS].job_ids
            second = pool.submit(begun, database, UUID(taken))
            eventually(lambda: count_lock_waiters(database))
        assert second.result(timeout=10) == 2


def test_hand_overs_use_up_no_tries(
    runtime: Runtime,
    database: Database,
    queues: dict[QueueName, Queue],
    redis: Redis,
) -> None:
    message_id = promised(database)
    for _ in range(MAX_ATTEMPTS + 1):
        redis.flushdb()
        make_overdue(database)
        handed_over(database, queues)

    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)

    noted = message(database, message_id)
    assert (noted.attempts, noted.dead_lettered_at) == (1, None)


def test_what_takes_its_process_with_it_every_time_is_set_apart(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    with database.unit_of_work() as session:
        for _ in range(MAX_ATTEMPTS):
            session.execute(update(OutboxMessage).values(dispatched_at=func.now()))
            outbox.start_attempt(session, message_id, lease=timedelta())
            session.execute(update(OutboxMessage).values(started_at=None))

    handed_over(database, queues)

    noted = message(database, message_id)
    assert noted.dead_lettered_at is not None
    assert noted.last_error == "its process died every time"


def test_a_job_that_was_handed_over_twice_has_one_effect(
    runtime: Runtime, database: Database
) -> None:
    message_id = promised(database)

    perform(runtime, message_id, mark)
    perform(runtime, message_id, mark)

    assert effects(database) == 1
    assert message(database, message_id).done_at is not None


def test_of_two_runs_at_the_same_time_one_does_nothing(
    runtime: Runtime, database: Database
) -> None:
    message_id = promised(database)
    runs: list[str] = []
    both_began = threading.Barrier(2, timeout=10)

    def slow(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
        runs.append(order_id)
        with suppress(threading.BrokenBarrierError):
            both_began.wait(0.5)
        with runtime.db.unit_of_work() as session:
            task.mark_done(session)

    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(perform, runtime, message_id, slow) for _ in range(2)]:
            run.result()

    assert runs == ["x"]
    assert message(database, message_id).done_at is not None


def test_a_run_that_began_late_is_not_handed_over_while_it_lasts(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    handed_over(database, queues)
    make_overdue(database)
    again: list[int] = []

    def look(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
        again.append(handed_over(runtime.db, queues))
        mark(runtime, task, order_id=order_id)

    perform(runtime, message_id, look)

    assert again == [0]


def test_a_run_whose_process_died_is_begun_again(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    take(database, queues)
    with database.unit_of_work() as session:
        outbox.start_attempt(session, message_id, lease=timedelta(seconds=90))
    perform(runtime, message_id, mark)
    assert effects(database) == 0, "it may live"

    assert take(database, queues) == 1
    perform(runtime, message_id, mark)

    assert effects(database) == 1
    assert message(database, message_id).attempts == 2


def test_the_slower_of_two_runs_leaves_no_trace(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    """Should a run outlive its time after all."""
    message_id = promised(database)

    def overtaken(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
        take(runtime.db, queues)
        perform(runtime, message_id, mark)
        with runtime.db.unit_of_work() as session:
            session.add(
                SentNotification(event_key="2", channel="test", recipient=order_id)
            )
            task.mark_done(session)

    perform(runtime, message_id, overtaken)

    assert effects(database) == 1


def test_a_run_that_succeeds_after_all_is_no_failure(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)

    def overtaken(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
        fail_for_good(runtime, message_id, queues)
        mark(runtime, task, order_id=order_id)

    perform(runtime, message_id, overtaken)

    noted = message(database, message_id)
    assert (noted.done_at is not None, noted.dead_lettered_at) == (True, None)


def test_a_run_that_fails_after_another_succeeded_is_no_failure(
    runtime: Runtime, database: Database
) -> None:
    message_id = promised(database)

    def overtaken(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
        mark(runtime, task, order_id=order_id)
        fail(runtime, task, order_id=order_id)

    with pytest.raises(LookupError):
        perform(runtime, message_id, overtaken)

    noted = message(database, message_id)
    assert (noted.dead_lettered_at, noted.last_error) == (None, None)


def test_a_failed_run_is_noted_and_tried_again_after_its_wait(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    handed_over(database, queues)

    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)

    noted = message(database, message_id)
    assert "LookupError: x" in (noted.last_error or "")
    assert noted.dead_lettered_at is None
    assert handed_over(database, queues) == 0, "its wait is not over"
    make_overdue(database)
    assert handed_over(database, queues) == 1


def test_what_keeps_failing_is_set_apart_with_its_error(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)

    fail_for_good(runtime, message_id, queues)

    noted = message(database, message_id)
    assert noted.dead_lettered_at is not None
    assert noted.done_at is None
    make_overdue(database)
    handed_over(database, queues)
    assert queues[QueueName.ORDERS].job_ids == []


def test_what_was_set_apart_is_run_again_with_all_its_tries(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = promised(database)
    fail_for_good(runtime, message_id, queues)
    with database.unit_of_work() as session:
        assert outbox.requeue(session, job=None, message_id=message_id) == 1
    take(database, queues)

    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)

    noted = message(database, message_id)
    assert (noted.attempts, noted.dead_lettered_at) == (1, None)


def test_a_time_limit_that_strikes_in_the_database_leaves_usable_connections(
    runtime: Runtime, database: Database
) -> None:
    first, second = promised(database), promised(database)

    def endless(runtime: Runtime, _task: JobContext, **_: str) -> None:
        with runtime.db.unit_of_work() as session:
            session.execute(select(func.pg_sleep(30)))

    limit = TimeLimitDeathPenalty(1, JobTimeoutException)  # type: ignore[no-untyped-call]
    with pytest.raises(TimeLimitExceeded), limit:
        perform(runtime, first, endless)
    perform(runtime, second, mark)

    error = message(database, first).last_error or ""
    assert error.endswith("TimeLimitExceeded: not done after 1 seconds\n")
    assert effects(database) == 1


def test_an_unknown_job_is_set_apart_and_does_not_stop_the_others(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    with database.unit_of_work() as session:
        unknown = enqueue(session, "no.such_job").id
    known = promised(database)

    handed_over(database, queues)

    assert message(database, unknown).dead_lettered_at is not None
    assert queues[QueueName.ORDERS].job_ids == [str(known)]
