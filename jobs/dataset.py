"""Keeps the dataset and the daily figures of it up to date: the cluster exports and computes them
as a batch job, as `ray job submit` has it done by hand."""

from datetime import timedelta
from uuid import UUID

from jobs.context import JobContext
from jobs.registry import DEFAULT_RETRY_DELAYS_S
from webapp.adapters.batch_jobs.port import BatchCluster, BatchJobState
from webapp.bootstrap import Runtime
from webapp.db import outbox

COMMAND = "python -m jobs.batch.export_orders && python -m jobs.batch.backfill_trends"
"""Each waits for another export, as what that one began with may lack an account's deletion."""
CHECK_INTERVAL = timedelta(seconds=10)
MAX_OUTPUT = 2_000
"""Characters of the end of what a failed export has printed."""
ATTEMPTS = len(DEFAULT_RETRY_DELAYS_S) + 1


class ExportFailed(Exception):
    """The batch job has ended with an error; the message is the end of what it printed."""


def export_dataset(runtime: Runtime, context: JobContext) -> None:
    """Submit the export, and look again later until it has ended: no worker waits for it. One that
    failed is submitted anew by the next attempt. Raises `ExportFailed`."""
    cluster = runtime.batch_cluster
    with runtime.db.unit_of_work() as session:
        attempt = outbox.require_message(session, context.message_id).attempts
    submission = name_submission(context.message_id, attempt)
    state = cluster.find_state(submission)
    if state is BatchJobState.FAILED:
        output = cluster.read_output(submission)
        raise ExportFailed(output[-MAX_OUTPUT:].strip())
    if state is None:
        state = _take_over(
            cluster, name_submission(context.message_id, attempt - 1 or ATTEMPTS)
        )
    if state is None:
        cluster.submit_command(COMMAND, submission_id=submission)
    with runtime.db.unit_of_work() as session:
        if state is BatchJobState.SUCCEEDED:
            context.mark_done(session)
        else:
            context.postpone(session, CHECK_INTERVAL)


def name_submission(message_id: UUID, attempt: int) -> str:
    return f"scheduled-export-{message_id}-{attempt}"


def _take_over(cluster: BatchCluster, submission: str) -> BatchJobState | None:
    """What became of the batch job of the attempt before, which may have been lost with its worker;
    `None` for one that failed, of which the record is deleted here: right after the end of a job
    the cluster would write it anew, and stop another one of its name. Before the first attempt
    there was the last one, where a failed job is tried again by hand."""
    state = cluster.find_state(submission)
    if state is not BatchJobState.FAILED:
        return state
    cluster.delete_record(submission)
    return None
