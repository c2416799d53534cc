"""An enqueued job takes effect once, whatever happens to queues and processes in between."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs import registry
from jobs.context import JobContext
from jobs.execution import run_job
from jobs.heartbeats import Heartbeat
from jobs.registry import JOBS, JobSpec, QueueName
from jobs.relay import dispatch_due
from jobs.time_limits import TimeLimitExceeded, limit_time
from tests.support.locks import count_lock_waiters
from tests.support.waiting import eventually
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.notifications.models import SentNotification


def enqueue_job(db: Database, **delay: timedelta) -> UUID:
    with db.unit_of_work() as session:
        return enqueue(session, "orders.fulfil", order_id="x", **delay).id


def message(db: Database, message_id: UUID) -> OutboxMessage:
    with db.unit_of_work() as session:
        return session.get_one(OutboxMessage, message_id)


def make_overdue(db: Database) -> None:
    with db.unit_of_work() as session:
        session.execute(
            update(OutboxMessage).values(due_at=func.now() - timedelta(seconds=1))
        )


def dispatch_all(db: Database, queues: dict[QueueName, Queue]) -> int:
    with db.unit_of_work() as session:
        return dispatch_due(session, queues)


def record_effect(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
    """A job with an effect that can be counted."""
    with runtime.db.unit_of_work() as session:
        session.add(
            SentNotification(
                event_key=str(context.message_id), channel="test", recipient=order_id
            )
        )
        context.mark_done(session)


def fail(_runtime: Runtime, _context: JobContext, *, order_id: str) -> None:
    raise LookupError(order_id)


def perform(runtime: Runtime, message_id: UUID, job: Callable[..., None]) -> None:
    spec = JobSpec(job, QueueName.ORDERS, retry_delays_s=(30, 60))
    run_job(runtime, spec, JobContext(message_id), arguments={"order_id": "x"})


def take(db: Database, queues: dict[QueueName, Queue]) -> int:
    """Dispatch what is overdue, and take it from the queue as a worker does."""
    make_overdue(db)
    dispatched = dispatch_all(db, queues)
    queues[QueueName.ORDERS].empty()
    return dispatched


def fail_for_good(
    runtime: Runtime, message_id: UUID, queues: dict[QueueName, Queue]
) -> None:
    while message(runtime.db, message_id).dead_lettered_at is None:
        take(runtime.db, queues)
        with pytest.raises(LookupError):
            perform(runtime, message_id, fail)


def count_effects(db: Database) -> int:
    with db.unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(SentNotification)) or 0


def test_a_message_is_dispatched_once_it_is_due(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    enqueue_job(database, after=timedelta(minutes=5))

    assert dispatch_all(database, queues) == 1
    assert dispatch_all(database, queues) == 0
    assert queues[QueueName.ORDERS].job_ids == [str(message_id)]


def test_a_message_of_a_rolled_back_transaction_is_never_dispatched(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    def enqueue_and_roll_back() -> None:
        with database.unit_of_work() as session:
            enqueue(session, "orders.fulfil", order_id="x")
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        enqueue_and_roll_back()

    assert dispatch_all(database, queues) == 0


def test_losing_everything_in_the_queue_loses_no_message(
    database: Database, queues: dict[QueueName, Queue], redis: Redis
) -> None:
    message_id = enqueue_job(database)
    dispatch_all(database, queues)
    redis.flushdb()
    assert dispatch_all(database, queues) == 0, "not overdue yet"

    make_overdue(database)

    assert dispatch_all(database, queues) == 1
    assert queues[QueueName.ORDERS].job_ids == [str(message_id)]


def test_a_job_waiting_in_a_long_queue_is_not_queued_again(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    dispatch_all(database, queues)
    with database.unit_of_work() as session:
        session.execute(
            update(OutboxMessage).values(dispatched_at=func.now() - timedelta(hours=1))
        )
    for _ in range(3):
        make_overdue(database)
        dispatch_all(database, queues)

    assert queues[QueueName.ORDERS].count == 1
    assert message(database, message_id).due_at > utc_now()


def test_a_job_that_a_worker_took_and_did_not_start_is_dispatched_again(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    dispatch_all(database, queues)
    queues[QueueName.ORDERS].pop_job_id()
    make_overdue(database)

    dispatch_all(database, queues)

    assert queues[QueueName.ORDERS].job_ids == [str(message_id)]
    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)
    perform(runtime, message_id, record_effect)
    assert count_effects(database) == 0, (
        "the worker was only slow: one dispatch allows one attempt"
    )


def start_attempt(db: Database, message_id: UUID) -> int | None:
    with db.unit_of_work() as session:
        attempts = outbox.start_attempts(
            session, [message_id], lease=timedelta(minutes=1)
        )
    return attempts.get(message_id)


def test_a_worker_may_be_faster_than_the_commit_of_a_second_dispatch(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    dispatch_all(database, queues)
    assert start_attempt(database, message_id) == 1
    queues[QueueName.ORDERS].empty()
    make_overdue(database)

    with ThreadPoolExecutor(1) as pool:
        with database.unit_of_work() as session:
            dispatch_due(session, queues)
            [queued] = queues[QueueName.ORDERS].job_ids
            second = pool.submit(start_attempt, database, UUID(queued))
            eventually(lambda: count_lock_waiters(database))
        assert second.result(timeout=10) == 2


def test_dispatches_use_up_no_attempts(
    runtime: Runtime,
    database: Database,
    queues: dict[QueueName, Queue],
    redis: Redis,
) -> None:
    message_id = enqueue_job(database)
    for _ in range(51):
        redis.flushdb()
        make_overdue(database)
        dispatch_all(database, queues)

    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)

    stored = message(database, message_id)
    assert (stored.attempts, stored.dead_lettered_at) == (1, None)


def test_a_job_that_kills_its_process_fifty_times_is_dead_lettered(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)

    def die(times: int) -> OutboxMessage:
        with database.unit_of_work() as session:
            for _ in range(times):
                session.execute(update(OutboxMessage).values(dispatched_at=func.now()))
                outbox.start_attempts(session, [message_id], lease=timedelta())
                session.execute(update(OutboxMessage).values(started_at=None))
        make_overdue(database)
        dispatch_all(database, queues)
        return message(database, message_id)

    assert die(49).dead_lettered_at is None
    stored = die(1)
    assert stored.dead_lettered_at is not None
    assert stored.last_error == "its process died every time"


def test_a_job_that_was_dispatched_twice_has_one_effect(
    runtime: Runtime, database: Database
) -> None:
    message_id = enqueue_job(database)

    perform(runtime, message_id, record_effect)
    perform(runtime, message_id, record_effect)

    assert count_effects(database) == 1
    assert message(database, message_id).done_at is not None


def test_of_two_concurrent_attempts_one_does_nothing(
    runtime: Runtime, database: Database
) -> None:
    message_id = enqueue_job(database)
    calls: list[str] = []
    both_started = threading.Barrier(2, timeout=10)

    def slow(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
        calls.append(order_id)
        with suppress(threading.BrokenBarrierError):
            both_started.wait(0.5)
        with runtime.db.unit_of_work() as session:
            context.mark_done(session)

    with ThreadPoolExecutor(2) as pool:
        attempts = [pool.submit(perform, runtime, message_id, slow) for _ in range(2)]
        for attempt in attempts:
            attempt.result()

    assert calls == ["x"]
    assert message(database, message_id).done_at is not None


def test_an_attempt_that_started_late_is_not_dispatched_while_it_lasts(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    dispatch_all(database, queues)
    make_overdue(database)
    dispatched: list[int] = []

    def dispatch_during(
        runtime: Runtime, context: JobContext, *, order_id: str
    ) -> None:
        dispatched.append(dispatch_all(runtime.db, queues))
        record_effect(runtime, context, order_id=order_id)

    perform(runtime, message_id, dispatch_during)

    assert dispatched == [0]


def test_a_job_whose_process_died_is_started_again(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    take(database, queues)
    with database.unit_of_work() as session:
        outbox.start_attempts(session, [message_id], lease=timedelta(seconds=90))
    perform(runtime, message_id, record_effect)
    assert count_effects(database) == 0, "its process may be alive"

    assert take(database, queues) == 1
    perform(runtime, message_id, record_effect)

    assert count_effects(database) == 1
    assert message(database, message_id).attempts == 2


def test_the_slower_of_two_attempts_leaves_no_trace(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    """In case an attempt outlives its lease after all."""
    message_id = enqueue_job(database)

    def overtaken(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
        take(runtime.db, queues)
        perform(runtime, message_id, record_effect)
        with runtime.db.unit_of_work() as session:
            session.add(
                SentNotification(event_key="2", channel="test", recipient=order_id)
            )
            context.mark_done(session)

    perform(runtime, message_id, overtaken)

    assert count_effects(database) == 1


def test_an_attempt_that_succeeds_after_dead_lettering_is_no_failure(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)

    def overtaken(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
        fail_for_good(runtime, message_id, queues)
        record_effect(runtime, context, order_id=order_id)

    perform(runtime, message_id, overtaken)

    stored = message(database, message_id)
    assert (stored.done_at is not None, stored.dead_lettered_at) == (True, None)


def test_an_attempt_that_fails_after_another_succeeded_is_no_failure(
    runtime: Runtime, database: Database
) -> None:
    message_id = enqueue_job(database)

    def overtaken(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
        record_effect(runtime, context, order_id=order_id)
        fail(runtime, context, order_id=order_id)

    with pytest.raises(LookupError):
        perform(runtime, message_id, overtaken)

    stored = message(database, message_id)
    assert (stored.dead_lettered_at, stored.last_error) == (None, None)


def test_a_failed_attempt_is_recorded_and_retried_after_its_delay(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    dispatch_all(database, queues)

    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)

    stored = message(database, message_id)
    assert "LookupError: x" in (stored.last_error or "")
    assert stored.dead_lettered_at is None
    assert dispatch_all(database, queues) == 0, "its delay is not over"
    make_overdue(database)
    assert dispatch_all(database, queues) == 1


def test_a_job_that_keeps_failing_is_dead_lettered_with_its_error(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)

    fail_for_good(runtime, message_id, queues)

    stored = message(database, message_id)
    assert stored.dead_lettered_at is not None
    assert stored.done_at is None
    make_overdue(database)
    dispatch_all(database, queues)
    assert queues[QueueName.ORDERS].job_ids == []


def test_a_dead_lettered_job_is_requeued_with_all_its_attempts(
    runtime: Runtime, database: Database, queues: dict[QueueName, Queue]
) -> None:
    message_id = enqueue_job(database)
    fail_for_good(runtime, message_id, queues)
    with database.unit_of_work() as session:
        assert outbox.requeue(session, job=None, message_id=message_id) == 1
    take(database, queues)

    with pytest.raises(LookupError):
        perform(runtime, message_id, fail)

    stored = message(database, message_id)
    assert (stored.attempts, stored.dead_lettered_at) == (1, None)


def test_a_time_limit_during_a_query_leaves_usable_connections(
    runtime: Runtime, database: Database
) -> None:
    first, second = enqueue_job(database), enqueue_job(database)

    def endless(runtime: Runtime, _context: JobContext, **_: str) -> None:
        with runtime.db.unit_of_work() as session:
            session.execute(select(func.pg_sleep(30)))

    with pytest.raises(TimeLimitExceeded), limit_time(1):
        perform(runtime, first, endless)
    perform(runtime, second, record_effect)

    error = message(database, first).last_error or ""
    assert error.endswith("TimeLimitExceeded: not done after 1 seconds\n")
    assert count_effects(database) == 1


def test_an_unknown_job_is_dead_lettered_and_does_not_stop_the_others(
    database: Database, queues: dict[QueueName, Queue]
) -> None:
    with database.unit_of_work() as session:
        unknown = enqueue(session, "no.such_job").id
    known = enqueue_job(database)

    dispatch_all(database, queues)

    assert message(database, unknown).dead_lettered_at is not None
    assert queues[QueueName.ORDERS].job_ids == [str(known)]


def test_a_job_is_retried_for_an_hour_and_one_that_calls_others_for_a_day() -> None:
    hours = {
        name: sum(spec.retry_delays_s) / 3600
        for name, spec in JOBS.items()
        if name != "webhooks.deliver"
    }

    lasting = {name for name, total in hours.items() if 24 < total < 26}
    assert lasting == {
        "agent_memory.forget_owner",
        "agent_memory.record_turn",
        "notifications.mail",
        "orders.expire",
        "payments.apply_event",
        "payments.cancel",
        "payments.charge",
        "payments.refund",
        "payments.return_whole",
        "reports.mail",
        "reports.run",
    }
    assert all(1 < hours[name] < 2 for name in hours.keys() - lasting)
    assert {spec.retry_delays_s[0] for spec in JOBS.values()} == {5}


def test_the_lease_of_a_job_with_a_heartbeat_is_renewed_until_it_ends(
    runtime: Runtime,
    database: Database,
    queues: dict[QueueName, Queue],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "LEASE_GRACE", timedelta(seconds=0.5))
    message_id = enqueue_job(database)
    take(database, queues)

    def outlast_lease(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
        lease = message(database, message_id).due_at
        eventually(lambda: utc_now() > lease, within=10)
        assert dispatch_all(runtime.db, queues) == 0, "it is not lost"
        assert f"heartbeat {message_id}" in {
            each.name for each in threading.enumerate()
        }
        fail(runtime, context, order_id=order_id)

    spec = JobSpec(
        outlast_lease, QueueName.ORDERS, retry_delays_s=(3600,), heartbeat=True
    )
    with pytest.raises(LookupError):
        run_job(runtime, spec, JobContext(message_id), arguments={"order_id": "x"})

    retried_at = message(database, message_id).due_at
    assert retried_at > utc_now() + timedelta(minutes=50)
    assert f"heartbeat {message_id}" not in {
        each.name for each in threading.enumerate()
    }


def test_a_lease_is_renewed_again_when_the_database_is_back(
    database: Database,
) -> None:
    message_id = enqueue_job(database)
    before = message(database, message_id).due_at
    away = Database.from_url("postgresql://127.0.0.1:1/none")
    renewing = AwayAtFirst(away, database)

    with Heartbeat(renewing, message_id, lease=timedelta(seconds=0.4)):
        eventually(lambda: message(database, message_id).due_at > before, within=20)


class AwayAtFirst(Database):
    """The first unit of work is that of a database which does not answer."""

    def __init__(self, away: Database, back: Database) -> None:
        self._units = iter([away])
        self._back = back

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        with next(self._units, self._back).unit_of_work() as session:
            yield session


def test_an_attempt_counts_as_lost_a_minute_after_its_time_limit() -> None:
    assert JOBS["orders.fulfil"].timeout_s == 30
    assert JOBS["orders.fulfil"].lease == timedelta(seconds=90)
    assert JOBS["search.heal"].lease == timedelta(minutes=11)
    assert JOBS["reports.run"].timeout_s == 600
    assert JOBS["reports.run"].lease == timedelta(minutes=1), "it has a heartbeat"
