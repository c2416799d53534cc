"""Run jobs: `python -m jobs.worker`, or `… --group urgent` and `… --group background` for workers
that share the queues (see `jobs.queue_groups`); `… --without slow` leaves a queue to others.

Most jobs run in the worker's own process; those that use much memory or take long run in a fork,
whose death harms no other job. A worker that dies loses nothing either: the database decides what
is done, and the rest is dispatched again.

A failed attempt is recorded on its message, which is dispatched again after the delay that the
registry names.
"""

import argparse
import os
import sys
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from redis import Redis
from rq import Queue, Worker
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job
from rq.worker.base import WorkerStatus

from jobs import execution, process
from jobs.execution import process_runtime
from jobs.queue_groups import ASSISTED, QUEUES, OverdueQueues, QueueGroup
from jobs.queues import SERIALIZER, build_queues
from jobs.registry import JOBS, QueueName
from webapp.db import outbox
from webapp.kit.memory import freeze_gc

MAX_MESSAGES_PER_WORKER = 10_000
"""A worker process restarts after this many messages, which bounds memory leaks."""
WORKER_TTL_S = 16
"""RQ looks at the queues again after this less 15 seconds."""
log = structlog.get_logger()


class ShopWorker(Worker):
    """RQ worker that forks for isolated jobs only.

    Its process restarts after `MAX_MESSAGES_PER_WORKER` messages, and after a job that was
    interrupted by its time limit, which may have left the process in an unknown state.
    """

    needs_restart = False
    overdue_queues: OverdueQueues | None = None
    """Queues that it takes entries from only when they are overdue."""
    messages_left = MAX_MESSAGES_PER_WORKER

    def execute_job(self, job: Job, queue: Queue) -> None:
        if not is_readable(job):
            return_to_outbox(job)
            self.set_state(WorkerStatus.IDLE)
            return
        spec = JOBS.get(job.description or "")
        if spec is not None and spec.isolated:
            super().execute_job(job, queue)
            return
        self.perform_job(job, queue, self.prepare_execution(job))
        self.set_state(WorkerStatus.IDLE)
        self.messages_left -= len(job.args[0])
        if self.messages_left <= 0 or execution.interrupted.is_set():
            self.needs_restart = True
            raise StopRequested

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Called before each look at the queues: choose which."""
        super().heartbeat(timeout, pipeline)
        if self.overdue_queues is not None and pipeline is None:
            self._ordered_queues = [*self.queues, *self.overdue_queues.find_now()]

    def reorder_queues(self, reference_queue: Queue) -> None:
        """After an entry of a queue: the background queues take turns, behind the urgent ones, as
        the first of them may never be empty."""
        if reference_queue.name not in QUEUES[QueueGroup.URGENT]:
            others = [each for each in self._ordered_queues if each != reference_queue]
            self._ordered_queues = [*others, reference_queue]

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run in the fork: discard inherited connections, which belong to the parent."""
        process_runtime().db.engine.dispose(close=False)
        super().main_work_horse(job, queue)

    def handle_warm_shutdown_request(self) -> None:
        """Handle SIGTERM or SIGINT; the message under way is finished, the rest of its batch is
        dispatched again."""
        execution.stopping.set()


def is_readable(job: Job) -> bool:
    """False for what another version serialized: one message without a list, or pickles."""
    try:
        [messages] = job.args
        return all(
            len(message) == len(("job", "id", "arguments")) for message in messages
        )
    except (DeserializationError, TypeError, ValueError):
        return False


def return_to_outbox(job: Job) -> None:
    """Have the relay dispatch it again in the format of this version."""
    log.warning("unreadable job returned to the outbox", job=job.id)
    job.delete()
    with process_runtime().db.unit_of_work() as session:
        outbox.undo_entry(session, UUID(job.id))


def select_queues(group: QueueGroup | None, without: list[str]) -> list[QueueName]:
    """Those of the urgent group in the order in which a worker empties them."""
    names = QUEUES[group] if group else QueueName
    return [name for name in names if name not in without]


def main(arguments: list[str]) -> int:
    """Run jobs until SIGTERM, or until a restart is due; returns the exit status, which is 1 when
    the queue has been unreachable for long."""
    parser = argparse.ArgumentParser(prog="python -m jobs.worker", description=__doc__)
    parser.add_argument("--group", type=QueueGroup, choices=list(QueueGroup))
    parser.add_argument(
        "--without", action="append", default=[], choices=list(QueueName)
    )
    options = parser.parse_args(arguments)
    names = select_queues(options.group, options.without)
    settings = process.configure_process("worker")
    process_runtime()
    freeze_gc()
    redis = Redis.from_url(settings.require_redis_url())
    queues = build_queues(redis)
    worker = ShopWorker(
        [queues[name] for name in names],
        connection=redis,
        serializer=SERIALIZER,
        log_job_description=False,
        worker_ttl=WORKER_TTL_S,
    )
    if options.group is QueueGroup.URGENT:
        worker.overdue_queues = OverdueQueues(
            (queues[name] for name in ASSISTED),
            after=timedelta(seconds=settings.background_lag_seconds),
        )
    worker.work(logging_level="WARNING")
    return 0 if worker.needs_restart or execution.stopping.is_set() else 1


def run_until_stopped(arguments: list[str]) -> int:
    """Run jobs until SIGTERM."""
    status = main(arguments)
    if status == 0 and not execution.stopping.is_set():
        # Same process, so that no supervisor takes the restart for a crash.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
    return status


if __name__ == "__main__":
    sys.exit(run_until_stopped(sys.argv[1:]))
