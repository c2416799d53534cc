"""Runs jobs: `python -m jobs.worker`, or `… --without slow` to leave a lane to others.

One process a job (a fork), so that a job that eats memory or crashes takes nothing with it.
The database decides what is done: a run that fails is noted on its promise and handed over
again after the wait its registry entry names.
"""

import argparse
import sys
import traceback
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from redis import Redis
from rq import Queue, Worker
from sqlalchemy.orm import configure_mappers

from jobs import process
from jobs.failures import set_apart
from jobs.registry import JOBS, JobSpec, Lane
from jobs.task import AlreadyKept, Task
from webapp.bootstrap import Runtime, build_runtime
from webapp.config import Settings
from webapp.db import outbox

log = structlog.get_logger()


@cache
def process_runtime() -> Runtime:
    """Built before the first fork; opens no connection until a job asks for one."""
    # Else every fork does it again, which is half the work of a small job.
    configure_mappers()
    return build_runtime(Settings.load())


def perform(job: str, message_id: str, arguments: dict[str, Any]) -> None:
    """What RQ calls: run one promise."""
    keep_promise(
        process_runtime(), JOBS[job], Task(UUID(message_id)), arguments=arguments
    )


def keep_promise(
    runtime: Runtime, spec: JobSpec, task: Task, *, arguments: dict[str, Any]
) -> None:
    """Does nothing when it is kept already or somebody is at it.

    Raises what the job raises, after it has been noted on the promise.
    """
    with runtime.db.unit_of_work() as session:
        run = outbox.begin(session, task.message_id, lease=spec.longest_run)
    if run is None:
        return
    try:
        spec.run(runtime, task, **arguments)
    except AlreadyKept:
        return
    except BaseException:
        _note_failure(runtime, spec, task, run=run)
        raise


def _note_failure(runtime: Runtime, spec: JobSpec, task: Task, *, run: int) -> None:
    error = traceback.format_exc()
    waits = spec.retry_after_s[run - 1 : run]
    with runtime.db.unit_of_work() as session:
        if waits:
            wait = timedelta(seconds=waits[0])
            outbox.note_failure(session, task.message_id, error=error, retry_in=wait)
        else:
            set_apart(session, task.message_id, error=error)


def lanes(without: list[str]) -> list[Lane]:
    return [lane for lane in Lane if lane not in without]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m jobs.worker", description=__doc__)
    parser.add_argument("--without", action="append", default=[], choices=list(Lane))
    chosen = lanes(parser.parse_args(arguments).without)
    settings = process.start("worker")
    process_runtime()
    redis = Redis.from_url(settings.require_redis_url())
    queues = [Queue(lane, connection=redis) for lane in chosen]
    Worker(queues, connection=redis, log_job_description=False).work(
        logging_level="WARNING"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
