"""Runs jobs: `python -m jobs.worker`, or `… --without slow` to leave a lane to others.

Most jobs run in the worker's own process; those that eat memory or take long have a process of
their own (a fork), which takes nothing with it. A worker that dies loses nothing either: the
database decides what is done, and what is not is handed over again.

A run that fails is noted on its promise and handed over again after the wait its registry entry
names.
"""

import argparse
import faulthandler
import os
import sys
import time

import structlog
from redis import Redis
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from rq.worker.base import WorkerStatus

from jobs import process
from jobs.execution import process_runtime
from jobs.registry import JOBS, QueueName
from webapp.kit.memory import freeze_gc

JOBS_OF_A_LIFE = 10_000
"""What leaks, leaks until then."""
UNSTOPPABLE_S = 60
"""How long after its time limit a job that no exception reaches takes the worker with it."""
log = structlog.get_logger()


class TimeLimitExceeded(BaseException):
    """No `except Exception` takes it for a fault of what it has struck: the SDK of a supplier
    does not try again, and SQLAlchemy gives up the connection that waits for an answer."""


class TimeLimitDeathPenalty(UnixSignalDeathPenalty):
    def handle_death_penalty(self, *_signal: object) -> None:
        of_a_job = self._exception is JobTimeoutException
        ended = TimeLimitExceeded if of_a_job else self._exception
        raise ended(f"not done after {self._timeout} seconds")


class ShopWorker(Worker):
    """RQ's worker, which forks for isolated jobs only.

    It is worn out after many jobs, and after one that was cut off by its time limit: nobody
    knows what that has left half done.
    """

    death_penalty_class = TimeLimitDeathPenalty
    is_worn_out = False
    is_told_to_stop = False
    jobs_left = JOBS_OF_A_LIFE

    def execute_job(self, job: Job, queue: Queue) -> None:
        spec = JOBS.get(job.description or "")
        if spec is None or spec.isolated:
            super().execute_job(job, queue)
            return
        began = time.monotonic()
        faulthandler.dump_traceback_later(spec.timeout_s + UNSTOPPABLE_S, exit=True)
        self.perform_job(job, queue, self.prepare_execution(job))
        self.set_state(WorkerStatus.IDLE)
        faulthandler.cancel_dump_traceback_later()
        self.jobs_left -= 1
        if self.jobs_left == 0 or time.monotonic() - began >= spec.timeout_s:
            self.is_worn_out = True
            raise StopRequested

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """In the child: the connections it was born with are its parent's."""
        process_runtime().db.engine.dispose(close=False)
        super().main_work_horse(job, queue)

    def handle_warm_shutdown_request(self) -> None:
        """By SIGTERM or SIGINT; RQ itself finishes the job under way."""
        self.is_told_to_stop = True


def lanes(without: list[str]) -> list[QueueName]:
    return [lane for lane in QueueName if lane not in without]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m jobs.worker", description=__doc__)
    parser.add_argument(
        "--without", action="append", default=[], choices=list(QueueName)
    )
    chosen = lanes(parser.parse_args(arguments).without)
    settings = process.configure_process("worker")
    process_runtime()
    freeze_gc()
    redis = Redis.from_url(settings.require_redis_url())
    queues = [Queue(lane, connection=redis) for lane in chosen]
    worker = ShopWorker(queues, connection=redis, log_job_description=False)
    worker.work(logging_level="WARNING")
    if worker.is_worn_out and not worker.is_told_to_stop:
        # The same process begins anew, so that nobody takes it for a crash.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
