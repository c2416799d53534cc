"""The scheduled export of the dataset: submitted, followed to its end, repeated if it failed."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jobs.context import JobContext
from jobs.dataset import ATTEMPTS, COMMAND, ExportFailed, name_submission
from jobs.execution import run_job
from jobs.registry import JOBS
from jobs.schedule import EXPORT_JOB
from webapp.adapters.batch_jobs.port import BatchJobState
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.db.outbox import JobState, OutboxMessage
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import Unavailable
from webapp.notifications.events import EventName


@dataclass
class FakeBatchCluster:
    states: dict[str, BatchJobState] = field(default_factory=dict)
    submitted: list[tuple[str, str]] = field(default_factory=list)
    """Each with the command."""
    is_away: bool = False

    def find_state(self, submission_id: str) -> BatchJobState | None:
        if self.is_away:
            raise Unavailable("The cluster is away")
        return self.states.get(submission_id)

    def submit_command(self, command: str, *, submission_id: str) -> None:
        assert submission_id not in self.states
        self.states[submission_id] = BatchJobState.RUNNING
        self.submitted.append((submission_id, command))

    def read_output(self, submission_id: str) -> str:
        return f"{'x' * 5000} {submission_id}\nThe database is away\n"

    def delete_record(self, submission_id: str) -> None:
        assert self.states.pop(submission_id) is BatchJobState.FAILED

    def end(self, state: BatchJobState) -> None:
        [submission_id] = [
            name
            for name, found in self.states.items()
            if found is BatchJobState.RUNNING
        ]
        self.states[submission_id] = state


@pytest.fixture
def cluster() -> FakeBatchCluster:
    return FakeBatchCluster()


@dataclass(frozen=True)
class ExportMessage:
    runtime: Runtime
    db: Database

    def run(self) -> OutboxMessage:
        """An attempt, as a worker runs it after a dispatch; the message afterwards."""
        message = self.read()
        with self.db.unit_of_work() as session:
            entry = outbox.Dispatch(message.id, message.id, timedelta(minutes=1))
            outbox.record_dispatches(session, [entry])
        run_job(self.runtime, JOBS[EXPORT_JOB], JobContext(message.id), arguments={})
        return self.read()

    def read(self) -> OutboxMessage:
        with self.db.unit_of_work() as session:
            return session.scalars(
                select(OutboxMessage).where(OutboxMessage.job == EXPORT_JOB)
            ).one()


@pytest.fixture
def message(
    runtime: Runtime, database: Database, cluster: FakeBatchCluster
) -> ExportMessage:
    with database.unit_of_work() as session:
        outbox.enqueue(session, EXPORT_JOB)
    return ExportMessage(replace(runtime, batch_cluster=cluster), database)


def test_an_export_is_submitted_once_and_followed_to_its_end(
    message: ExportMessage, cluster: FakeBatchCluster
) -> None:
    submission = name_submission(message.read().id, 1)
    for waiting in (message.run(), message.run(), message.run()):
        assert waiting.state is JobState.OPEN
        assert (waiting.attempts, waiting.last_error) == (0, None)
        assert waiting.due_at > utc_now() + timedelta(seconds=5)
    cluster.end(BatchJobState.SUCCEEDED)

    assert message.run().state is JobState.DONE
    assert cluster.submitted == [(submission, COMMAND)]


def test_while_an_export_runs_no_other_one_is_enqueued(
    message: ExportMessage, database: Database
) -> None:
    message.run()

    with database.unit_of_work() as session:
        assert outbox.is_enqueued(session, EXPORT_JOB)


def test_a_failed_export_says_why_and_is_submitted_again(
    message: ExportMessage, cluster: FakeBatchCluster
) -> None:
    message.run()
    cluster.end(BatchJobState.FAILED)

    with pytest.raises(ExportFailed, match=r"The database is away$"):
        message.run()

    failed = message.read()
    assert failed.state is JobState.OPEN
    assert failed.last_error is not None
    assert failed.last_error.strip().endswith("The database is away")
    assert failed.attempts == 1
    assert list(cluster.states) == [name_submission(failed.id, 1)]
    message.run()
    assert list(cluster.states) == [name_submission(failed.id, 2)]
    cluster.end(BatchJobState.SUCCEEDED)
    assert message.run().state is JobState.DONE
    assert len(cluster.submitted) == 2


def test_an_export_of_an_attempt_that_was_lost_is_followed(
    message: ExportMessage, cluster: FakeBatchCluster, database: Database
) -> None:
    message.run()
    with database.unit_of_work() as session:
        session.execute(update(OutboxMessage).values(attempts=1))

    message.run()
    cluster.end(BatchJobState.SUCCEEDED)

    assert message.run().state is JobState.DONE
    assert len(cluster.submitted) == 1


def test_the_daily_figures_are_computed_after_the_export() -> None:
    export, trends = COMMAND.split(" && ")

    assert export == "python -m jobs.batch.export_orders"
    assert trends == "python -m jobs.batch.backfill_trends"


def test_an_export_that_the_cluster_has_lost_is_submitted_again(
    message: ExportMessage, cluster: FakeBatchCluster
) -> None:
    message.run()
    cluster.states.clear()

    message.run()

    assert len(cluster.submitted) == 2


def test_a_cluster_that_is_away_is_a_failed_attempt(
    message: ExportMessage, cluster: FakeBatchCluster
) -> None:
    cluster.is_away = True

    with pytest.raises(Unavailable, match="The cluster is away"):
        message.run()

    assert message.read().attempts == 1
    assert cluster.submitted == []


def test_admins_are_notified_of_an_export_that_keeps_failing(
    message: ExportMessage, cluster: FakeBatchCluster, database: Database
) -> None:
    attempts = len(JOBS[EXPORT_JOB].retry_delays_s) + 1
    for _ in range(attempts):
        message.run()
        cluster.end(BatchJobState.FAILED)
        with pytest.raises(ExportFailed):
            message.run()

    assert message.read().state is JobState.DEAD
    assert attempts == ATTEMPTS
    with database.unit_of_work() as session:
        notified = session.scalars(
            select(OutboxMessage.arguments).where(
                OutboxMessage.job == "notifications.tell"
            )
        ).all()
    expected = {"event": EventName.JOB_FAILED, "message_id": str(message.read().id)}
    assert notified == [expected]


def test_a_failed_export_that_is_tried_again_by_hand_begins_anew(
    message: ExportMessage, cluster: FakeBatchCluster, database: Database
) -> None:
    for _ in range(ATTEMPTS):
        message.run()
        cluster.end(BatchJobState.FAILED)
        with pytest.raises(ExportFailed):
            message.run()
    failed = message.read()
    assert list(cluster.states) == [name_submission(failed.id, ATTEMPTS)]

    with database.unit_of_work() as session:
        outbox.requeue(session, job=EXPORT_JOB)
    message.run()

    assert list(cluster.states) == [name_submission(failed.id, 1)]
    cluster.end(BatchJobState.SUCCEEDED)
    assert message.run().state is JobState.DONE
