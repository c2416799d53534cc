"""`ecom67 jobs`: the same as the API, from a terminal."""

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


def run(postgres_url: str, *words: str) -> Result:
    environment = {"DATABASE_URL": postgres_url, "COLUMNS": "200"}
    return CliRunner(env=environment).invoke(jobs, words)


def test_what_failed_is_listed_and_shown(failed: UUID, postgres_url: str) -> None:
    listed = run(postgres_url, "list")
    shown = run(postgres_url, "show", str(failed))

    for answer in (listed, shown):
        assert answer.exit_code == 0, answer.output
        assert "orders.fulfil" in answer.output
        assert "LookupError: x" in answer.output
    assert str(failed) in listed.output


def test_a_failed_job_is_run_again_once(failed: UUID, postgres_url: str) -> None:
    first = run(postgres_url, "retry", str(failed))
    second = run(postgres_url, "retry", str(failed))

    assert "Jobs to be run again: 1" in first.output
    assert isinstance(second.exception, JobNotFailed)
    assert "No job is failed." in run(postgres_url, "list").output


@pytest.mark.usefixtures("failed")
def test_everything_that_failed_is_run_again(postgres_url: str) -> None:
    of_another = run(postgres_url, "retry", "--failed", "--job", "payments.refund")
    everything = run(postgres_url, "retry", "--failed")

    assert "Jobs to be run again: 0" in of_another.output
    assert "Jobs to be run again: 1" in everything.output


@pytest.mark.parametrize("words", [[], [str(uuid4()), "--failed"]])
def test_retry_wants_one_or_all(postgres_url: str, words: list[str]) -> None:
    assert run(postgres_url, "retry", *words).exit_code == 2
