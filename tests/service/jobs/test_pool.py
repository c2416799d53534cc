"""A real pool: its processes are started again, and end with it."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial

import psutil
import pytest

from jobs.pool import BACKGROUND_NICENESS, plan_processes
from tests.support.waiting import eventually
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database

Pool = subprocess.Popen[bytes]


@pytest.fixture
def pool(process_environment: dict[str, str]) -> Iterator[Pool]:
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs"],
        env=process_environment,
    )
    yield process
    process.kill()
    process.wait()


def list_children(pool: Pool) -> list[psutil.Process]:
    """All that the pool starts."""
    children = psutil.Process(pool.pid).children()
    assert len(children) == len(plan_processes(2))
    return children


def wait_until_started(pool: Pool) -> list[psutil.Process]:
    def find() -> list[psutil.Process] | None:
        try:
            return list_children(pool)
        except AssertionError:
            return None

    return eventually(find, within=30)


def is_done(database: Database, message: OutboxMessage) -> bool:
    with database.unit_of_work() as session:
        stored = session.get(OutboxMessage, message.id)
        return stored is not None and stored.done_at is not None


def enqueue_job(database: Database) -> Callable[[], bool]:
    """Whether a job that is enqueued now is done."""
    with database.unit_of_work() as session:
        message = enqueue(session, "housekeeping.free_stuck_orders")
    return partial(is_done, database, message)


@pytest.mark.slow
def test_each_of_its_processes_is_started_again(pool: Pool, database: Database) -> None:
    children = wait_until_started(pool)
    for child in children:
        child.kill()
    psutil.wait_procs(children, timeout=10)

    again = wait_until_started(pool)

    assert not {child.pid for child in children} & {child.pid for child in again}
    eventually(enqueue_job(database), within=30)


@pytest.mark.slow
def test_a_pool_that_is_to_stop_waits_for_its_processes(pool: Pool) -> None:
    children = wait_until_started(pool)

    pool.send_signal(signal.SIGTERM)

    assert pool.wait(timeout=30) == 0
    assert not any(child.is_running() for child in children)


@pytest.mark.slow
def test_its_processes_end_with_a_pool_that_is_killed(pool: Pool) -> None:
    children = wait_until_started(pool)

    pool.kill()

    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


def test_of_several_workers_one_is_for_what_people_wait_for() -> None:
    def list_niceness(workers: int) -> dict[str, int]:
        return {each.name: each.niceness for each in plan_processes(workers)}

    others = {"relay and cron": 0}
    low = BACKGROUND_NICENESS
    assert list_niceness(1) == {**others, "worker": 0}
    assert list_niceness(2) == {**others, "worker-1": 0, "worker-2": low}
    assert list_niceness(3) == {
        **others,
        "worker-1": 0,
        "worker-2": low,
        "worker-3": low,
    }
