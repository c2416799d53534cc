"""Keeps the dataset up to date: the cluster exports it as a batch job, as `ray job submit` has it
done by hand."""

from datetime import timedelta

from jobs.context import JobContext
from webapp.adapters.batch_jobs.port import BatchJobState
from webapp.bootstrap import Runtime

COMMAND = "python -m jobs.batch.export_orders"
"""Waits for another export, as what that one began with may lack an account's deletion."""
CHECK_INTERVAL = timedelta(seconds=10)
MAX_OUTPUT = 2_000
"""Characters of the end of what a failed export has printed."""


class ExportFailed(Exception):
    """The batch job has ended with an error; the message is the end of what it printed."""


def export_dataset(runtime: Runtime, context: JobContext) -> None:
    """Submit the export, and look again later until it has ended: no worker waits for it. One that
    failed is submitted anew by the next attempt. Raises `ExportFailed`."""
    cluster = runtime.batch_cluster
    submission = f"scheduled-export-{context.message_id}"
    state = cluster.find_state(submission)
    if state is BatchJobState.FAILED:
        output = cluster.read_output(submission)
        cluster.delete_record(submission)
        raise ExportFailed(output[-MAX_OUTPUT:].strip())
    if state is None:
        cluster.submit_command(COMMAND, submission_id=submission)
    with runtime.db.unit_of_work() as session:
        if state is BatchJobState.SUCCEEDED:
            context.mark_done(session)
        else:
            context.postpone(session, CHECK_INTERVAL)
