"""`ecom67 jobs`: the jobs API from a terminal."""

from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from webapp.cli.jobs import jobs
from webapp.db import outbox
from webapp.db.outbox import enqueue
from webapp.db.session import Database
from webapp.jobs_admin.errors import JobNotFailed


@pytest.fixture
def failed(database: Database) -> UUID:
    with database.unit_of_work() as session:
        message_id = enqueue(session, "orders.fulfil", order_id="x").id
        session.flush()
        outbox.record_failure(
            session, message_id, error="LookupError: x", retry_in=None
        )
        return message_id


def run(postgres_url: str, *arguments: str) -> Result:
    environment = {"DATABASE_URL": postgres_url, "COLUMNS": "200"}
    return CliRunner(env=environment).invoke(jobs, arguments)


def test_failed_jobs_are_listed_and_shown(failed: UUID, postgres_url: str) -> None:
    listed = run(postgres_url, "list")
    shown = run(postgres_url, "show", str(failed))

    for result in (listed, shown):
        assert result.exit_code == 0, result.output
        assert "orders.fulfil" in result.output
        assert "LookupError: x" in result.output
    assert str(failed) in listed.output


def test_a_failed_job_is_retried_once(failed: UUID, postgres_url: str) -> None:
    first = run(postgres_url, "retry", str(failed))
    second = run(postgres_url, "retry", str(failed))

    assert "Jobs to be run again: 1" in first.output
    assert isinstance(second.exception, JobNotFailed)
    assert "No job is failed." in run(postgres_url, "list").output


@pytest.mark.usefixtures("failed")
def test_all_failed_jobs_are_retried(postgres_url: str) -> None:
    other_job = run(postgres_url, "retry", "--failed", "--job", "payments.refund")
    all_jobs = run(postgres_url, "retry", "--failed")

    assert "Jobs to be run again: 0" in other_job.output
    assert "Jobs to be run again: 1" in all_jobs.output


@pytest.mark.parametrize("arguments", [[], [str(uuid4()), "--failed"]])
def test_retry_requires_one_job_or_all(postgres_url: str, arguments: list[str]) -> None:
    assert run(postgres_url, "retry", *arguments).exit_code == 2
