"""Run one job: the function that RQ calls in a worker's process or in a fork of it.

Separate from `jobs.worker`, which is `__main__` in its process: RQ imports this module by its
name, and both must share one runtime, whose connections a fork discards.
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
from webapp.adapters.mail.port import AddressUnsupported
from webapp.bootstrap import Runtime, build_runtime
from webapp.config import Settings
from webapp.db import outbox

HOPELESS_ERRORS = (AddressUnsupported,)
"""A retry cannot help: the message is dead-lettered at once, and the admins are notified."""


@cache
def process_runtime() -> Runtime:
    """Build the runtime before the first fork; it connects only when a job needs it."""
    # Otherwise every fork repeats this, which is half the work of a small job.
    configure_mappers()
    return build_runtime(Settings.load())


def perform(job: str, message_id: str, arguments: dict[str, Any]) -> None:
    """Run the job of one outbox message; called by RQ."""
    run_job(
        process_runtime(), JOBS[job], JobContext(UUID(message_id)), arguments=arguments
    )


def run_job(
    runtime: Runtime, spec: JobSpec, context: JobContext, *, arguments: dict[str, Any]
) -> None:
    """Run a job, unless its message is done or another attempt is running.

    Raises what the job raises, after recording it on the message.
    """
    with runtime.db.unit_of_work() as session:
        attempt = outbox.start_attempt(session, context.message_id, lease=spec.lease)
    if attempt is None:
        return
    try:
        spec.run(runtime, context, **arguments)
    except AlreadyDone:
        return
    except BaseException as error:
        is_hopeless = isinstance(error, HOPELESS_ERRORS)
        _record_failure(
            runtime, spec, context, attempt=None if is_hopeless else attempt
        )
        raise


def _record_failure(
    runtime: Runtime, spec: JobSpec, context: JobContext, *, attempt: int | None
) -> None:
    """Without an attempt it is dead-lettered at once."""
    error = traceback.format_exc()
    delays = spec.retry_delays_s[attempt - 1 : attempt] if attempt else ()
    with runtime.db.unit_of_work() as session:
        if delays:
            delay = timedelta(seconds=delays[0])
            outbox.record_failure(
                session, context.message_id, error=error, retry_in=delay
            )
        else:
            dead_letter(session, context.message_id, error=error)
