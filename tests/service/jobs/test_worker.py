"""A real worker process: where its jobs run, and what becomes of it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from rq import Queue
from sqlalchemy import select

from jobs.registry import JOBS, QueueName
from jobs.relay import dispatch_due
from tests.support.sample_jobs import SAMPLE_JOBS
from webapp.config import Settings
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database
from webapp.notifications.models import SentNotification

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(autouse=True)
def odd_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, spec in SAMPLE_JOBS.items():
        monkeypatch.setitem(JOBS, name, spec)


@pytest.fixture
def start(settings: Settings, valkey_url: str) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []
    environment = {
        **os.environ,
        "DATABASE_URL": settings.require_database_url(),
        "REDIS_URL": valkey_url,
        "JWT_SECRET": settings.require_jwt_secret(),
        "STRIPE_API_KEY": "sk_test_of_the_tests",
        "STRIPE_WEBHOOK_SECRET": "whsec_of_the_tests",
        "VAR_DIR": str(settings.var_dir),
    }

    def worker(*, jobs_of_a_life: int = 100) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.sample_jobs"],
            env={**environment, "JOBS_OF_A_LIFE": str(jobs_of_a_life)},
        )
        started.append(process)
        return process

    yield worker
    for process in started:
        process.kill()
        process.wait()


def hand_over(
    db: Database, queues: dict[QueueName, Queue], *jobs: str, **arguments: object
) -> list[UUID]:
    with db.unit_of_work() as session:
        ids = [enqueue(session, job, **arguments).id for job in jobs]  # type: ignore[arg-type]
        session.flush()
        dispatch_due(session, queues)
    return ids


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "not in a minute"
        time.sleep(0.05)


def message(db: Database, message_id: UUID) -> OutboxMessage:
    with db.unit_of_work() as session:
        return session.get_one(OutboxMessage, message_id)


def notes(db: Database, ids: list[UUID]) -> list[SentNotification]:
    """Of these promises, in their order, once all are kept."""
    keys = [str(each) for each in ids]
    found: dict[str, SentNotification] = {}

    def are_there() -> bool:
        with db.unit_of_work() as session:
            for row in session.scalars(select(SentNotification)):
                found[row.event_key] = row
        return found.keys() >= set(keys)

    eventually(are_there)
    return [found[key] for key in keys]


def test_quick_jobs_share_a_process_and_its_connection(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start()

    quick, apart, later = notes(
        database,
        hand_over(database, queues, "odd.note", "odd.note_apart", "odd.note"),
    )

    assert quick.channel == later.channel
    assert quick.recipient == later.recipient, "the child took its connection away"
    assert quick.channel.startswith(f"{process.pid} ")
    assert not apart.channel.startswith(f"{process.pid} ")
    assert apart.recipient != quick.recipient


def test_an_isolated_job_that_dies_takes_nothing_with_it(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start()
    _, *others = hand_over(database, queues, "odd.die_apart", "odd.note")

    [noted] = notes(database, others)

    assert noted.channel.startswith(f"{process.pid} ")


def test_a_job_that_takes_too_long_is_cut_off_and_its_worker_begins_anew(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start()
    before, endless, after = hand_over(
        database, queues, "odd.note", "odd.wait_in_database", "odd.note"
    )

    first, second = notes(database, [before, after])

    assert "TimeLimitExceeded" in (message(database, endless).last_error or "")
    assert second.channel.startswith(f"{process.pid} "), "not a crash"
    assert second.channel != first.channel


def test_a_worker_begins_anew_after_many_jobs(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start(jobs_of_a_life=2)

    seen = notes(database, hand_over(database, queues, *["odd.note"] * 3))

    first, second, third = [noted.channel for noted in seen]
    assert first == second != third
    assert process.poll() is None, "it is the same process"


def test_who_is_told_to_stop_finishes_the_job_under_way(
    database: Database, queues: dict[QueueName, Queue], start: Start
) -> None:
    process = start(jobs_of_a_life=1)
    under_way, waiting = hand_over(
        database, queues, "odd.note", "odd.note", seconds="1"
    )
    eventually(lambda: message(database, under_way).started_at is not None)

    process.terminate()

    assert process.wait(30) == 0
    assert message(database, under_way).done_at is not None
    assert message(database, waiting).started_at is None
