"""Run jobs: `python -m jobs.worker`, or `… --without slow` to leave a queue to other workers.

Most jobs run in the worker's own process; those that use much memory or take long run in a fork,
whose death harms no other job. A worker that dies loses nothing either: the database decides what
is done, and the rest is dispatched again.

A failed attempt is recorded on its message, which is dispatched again after the delay that the
registry names.
"""

import argparse
import faulthandler
import os
import sys
import time
from uuid import UUID

import structlog
from redis import Redis
from rq import Queue, Worker
from rq.exceptions import DeserializationError, StopRequested
from rq.job import Job
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from rq.worker.base import WorkerStatus

from jobs import process
from jobs.execution import process_runtime
from jobs.queues import SERIALIZER, build_queues
from jobs.registry import JOBS, QueueName
from webapp.db import outbox
from webapp.kit.memory import freeze_gc

MAX_JOBS_PER_WORKER = 10_000
"""A worker process restarts after this many jobs, which bounds memory leaks."""
HARD_KILL_DELAY_S = 60
"""How long after its time limit a job that no exception can interrupt ends the whole worker."""
log = structlog.get_logger()


class TimeLimitExceeded(BaseException):
    """A job exceeded its time limit.

    A `BaseException`, so that no `except Exception` handles it as an error of the interrupted
    call: an SDK does not retry, and SQLAlchemy discards the connection that awaits an answer.
    """


class TimeLimitDeathPenalty(UnixSignalDeathPenalty):
    def handle_death_penalty(self, *_signal: object) -> None:
        is_job_timeout = self._exception is JobTimeoutException
        error = TimeLimitExceeded if is_job_timeout else self._exception
        raise error(f"not done after {self._timeout} seconds")


class ShopWorker(Worker):
    """RQ worker that forks for isolated jobs only.

    Its process restarts after `MAX_JOBS_PER_WORKER` jobs, and after a job that was interrupted
    by its time limit, which may have left the process in an unknown state.
    """

    death_penalty_class = TimeLimitDeathPenalty
    needs_restart = False
    is_stopping = False
    jobs_left = MAX_JOBS_PER_WORKER

    def execute_job(self, job: Job, queue: Queue) -> None:
        if not is_readable(job):
            return_to_outbox(job)
            self.set_state(WorkerStatus.IDLE)
            return
        spec = JOBS.get(job.description or "")
        if spec is None or spec.isolated:
            super().execute_job(job, queue)
            return
        started = time.monotonic()
        faulthandler.dump_traceback_later(spec.timeout_s + HARD_KILL_DELAY_S, exit=True)
        self.perform_job(job, queue, self.prepare_execution(job))
        self.set_state(WorkerStatus.IDLE)
        faulthandler.cancel_dump_traceback_later()
        self.jobs_left -= 1
        if self.jobs_left == 0 or time.monotonic() - started >= spec.timeout_s:
            self.needs_restart = True
            raise StopRequested

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run in the fork: discard inherited connections, which belong to the parent."""
        process_runtime().db.engine.dispose(close=False)
        super().main_work_horse(job, queue)

    def handle_warm_shutdown_request(self) -> None:
        """Handle SIGTERM or SIGINT; RQ itself finishes the job under way."""
        self.is_stopping = True


def is_readable(job: Job) -> bool:
    """False for what another version serialized: pickles, before they became JSON."""
    try:
        return isinstance(job.args, list | tuple)
    except DeserializationError:
        return False


def return_to_outbox(job: Job) -> None:
    """Have the relay dispatch it again in the format of this version."""
    log.warning("unreadable job returned to the outbox", job=job.id)
    job.delete()
    with process_runtime().db.unit_of_work() as session:
        outbox.undo_dispatch(session, UUID(job.id))


def select_queues(without: list[str]) -> list[QueueName]:
    return [name for name in QueueName if name not in without]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m jobs.worker", description=__doc__)
    parser.add_argument(
        "--without", action="append", default=[], choices=list(QueueName)
    )
    names = select_queues(parser.parse_args(arguments).without)
    settings = process.configure_process("worker")
    process_runtime()
    freeze_gc()
    redis = Redis.from_url(settings.require_redis_url())
    queues = list(build_queues(redis, names).values())
    worker = ShopWorker(
        queues, connection=redis, serializer=SERIALIZER, log_job_description=False
    )
    worker.work(logging_level="WARNING")
    if worker.needs_restart and not worker.is_stopping:
        # Same process, so that no supervisor takes the restart for a crash.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
