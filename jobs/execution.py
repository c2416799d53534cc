"""Runs one job: what RQ calls in a worker's process, or in a fork of it.

Apart from `jobs.worker`, which is `__main__` in its process: RQ imports this module by its
name, and both must share the one runtime, whose connections a fork gives up.
"""

import traceback
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import configure_mappers

from jobs.context import AlreadyDone, JobContext
from jobs.dead_letters import dead_letter
from jobs.registry import JOBS, JobSpec
from webapp.bootstrap import Runtime, build_runtime
from webapp.config import Settings
from webapp.db import outbox


@cache
def process_runtime() -> Runtime:
    """Built before the first fork; opens no connection until a job asks for one."""
    # Else every fork does it again, which is half the work of a small job.
    configure_mappers()
    return build_runtime(Settings.load())


def perform(job: str, message_id: str, arguments: dict[str, Any]) -> None:
    """What RQ calls: run one promise."""
    run_job(
        process_runtime(), JOBS[job], JobContext(UUID(message_id)), arguments=arguments
    )


def run_job(
    runtime: Runtime, spec: JobSpec, task: JobContext, *, arguments: dict[str, Any]
) -> None:
    """Does nothing when it is kept already or somebody is at it.

    Raises what the job raises, after it has been noted on the promise.
    """
    with runtime.db.unit_of_work() as session:
        run = outbox.start_attempt(session, task.message_id, lease=spec.lease)
    if run is None:
        return
    try:
        spec.run(runtime, task, **arguments)
    except AlreadyDone:
        return
    except BaseException:
        _note_failure(runtime, spec, task, run=run)
        raise


def _note_failure(
    runtime: Runtime, spec: JobSpec, task: JobContext, *, run: int
) -> None:
    error = traceback.format_exc()
    waits = spec.retry_delays_s[run - 1 : run]
    with runtime.db.unit_of_work() as session:
        if waits:
            wait = timedelta(seconds=waits[0])
            outbox.record_failure(session, task.message_id, error=error, retry_in=wait)
        else:
            dead_letter(session, task.message_id, error=error)
