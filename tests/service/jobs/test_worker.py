"""A real worker process: where its jobs run, and when it restarts."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue
from sqlalchemy import select

from jobs.registry import JOBS, QueueName
from jobs.relay import dispatch_due
from tests.support.sample_jobs import SAMPLE_JOBS
from tests.support.waiting import eventually
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database
from webapp.notifications.models import SentNotification

pytestmark = pytest.mark.slow  # each starts a worker process

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(autouse=True)
def register_sample_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, spec in SAMPLE_JOBS.items():
        monkeypatch.setitem(JOBS, name, spec)


@pytest.fixture
def start(process_environment: dict[str, str]) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def start_worker(
        *, max_jobs: int = 100, lease_grace_s: float = 60
    ) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.sample_jobs"],
            env={
                **process_environment,
                "MAX_MESSAGES_PER_WORKER": str(max_jobs),
                "LEASE_GRACE_S": str(lease_grace_s),
            },
        )
        started.append(process)
        return process

    yield start_worker
    for process in started:
        process.kill()
        process.wait()


def enqueue_and_dispatch(
    db: Database, queues: dict[QueueName, Queue], *jobs: str, **arguments: object
) -> list[UUID]:
    with db.unit_of_work() as session:
        ids = [enqueue(session, job, **arguments).id for job in jobs]  # type: ignore[arg-type]
        session.flush()
        dispatch_due(session, queues)
    return ids


def dispatch_all(db: Database, queues: dict[QueueName, Queue]) -> int:
    with db.unit_of_work() as session:
        return dispatch_due(session, queues)


def message(db: Database, message_id: UUID) -> OutboxMessage:
    with db.unit_of_work() as session:
        return session.get_one(OutboxMessage, message_id)


def notes(db: Database, ids: list[UUID]) -> list[SentNotification]:
    """Return the notes of these jobs, in their order, once all are done."""
    keys = [str(message_id) for message_id in ids]
    noted: dict[str, SentNotification] = {}

    def are_done() -> bool:
        with db.unit_of_work() as session:
            for row in session.scalars(select(SentNotification)):
                noted[row.event_key] = row
        return noted.keys() >= set(keys)

    eventually(are_done, within=180)
    return [noted[key] for key in keys]


def test_jobs_share_a_process_and_its_connection_unless_isolated(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start()

    first, isolated, later = notes(
        database,
        enqueue_and_dispatch(
            database, queues, "sample.note", "sample.note_isolated", "sample.note"
        ),
    )

    assert first.channel == later.channel
    assert first.recipient == later.recipient, "the fork closed its connection"
    assert first.channel.startswith(f"{process.pid} ")
    assert not isolated.channel.startswith(f"{process.pid} ")
    assert isolated.recipient != first.recipient


def test_a_pickle_in_the_queue_is_not_run_and_its_message_is_dispatched_again(
    database: Database,
    queues: dict[QueueName, Queue],
    redis: Redis,
    start: Start,
    tmp_path: Path,
) -> None:
    """Earlier versions dispatched pickles, and one may contain any code."""
    [message_id] = enqueue_and_dispatch(database, queues, "sample.note")
    queue = queues[QueueName.ORDERS]
    queue.empty()
    proof = tmp_path / "was run"
    Queue(QueueName.ORDERS, connection=redis).enqueue_call(
        "os.mkdir",
        args=(str(proof),),
        job_id=str(message_id),
        description="sample.note",
    )
    process = start()
    eventually(lambda: dispatch_all(database, queues), within=180)

    [noted] = notes(database, [message_id])

    assert noted.channel.startswith(f"{process.pid} ")
    assert not proof.exists()


def test_an_isolated_job_that_dies_harms_no_other_job(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start()
    _, *others = enqueue_and_dispatch(
        database, queues, "sample.die_isolated", "sample.note"
    )

    [noted] = notes(database, others)

    assert noted.channel.startswith(f"{process.pid} ")


def test_a_job_beyond_its_time_limit_is_interrupted_and_its_worker_restarts(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start()
    before, endless, after = enqueue_and_dispatch(
        database, queues, "sample.note", "sample.wait_in_database", "sample.note"
    )

    first, second = notes(database, [before, after])

    assert "TimeLimitExceeded" in (message(database, endless).last_error or "")
    assert second.channel.startswith(f"{process.pid} "), "not a crash"
    assert second.channel != first.channel


def test_a_worker_restarts_after_many_jobs(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start(max_jobs=2)

    all_notes = notes(
        database, enqueue_and_dispatch(database, queues, *["sample.note"] * 3)
    )

    first, second, third = [noted.channel for noted in all_notes]
    assert first == second != third
    assert process.poll() is None, "it is the same process"


def test_a_long_job_of_a_killed_worker_is_soon_run_again(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    [message_id] = enqueue_and_dispatch(database, queues, "sample.hang_at_first")
    process = start(lease_grace_s=2)
    eventually(lambda: message(database, message_id).started_at is not None, within=180)
    first_lease = message(database, message_id).due_at
    eventually(lambda: message(database, message_id).due_at > first_lease, within=180)

    process.kill()
    process.wait()
    eventually(lambda: dispatch_all(database, queues), within=180)
    again = start()

    [noted] = notes(database, [message_id])
    assert noted.channel.startswith(f"{again.pid} ")
    assert message(database, message_id).attempts == 2


def test_a_stopped_worker_finishes_the_job_under_way(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start(max_jobs=1)
    under_way, waiting = enqueue_and_dispatch(
        database, queues, "sample.note", "sample.note", seconds="1"
    )
    eventually(lambda: message(database, under_way).started_at is not None, within=180)

    process.terminate()

    assert process.wait(30) == 0
    assert message(database, under_way).done_at is not None
    assert message(database, waiting).started_at is None
