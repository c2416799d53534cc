"""Admins are notified of dead-lettered jobs, once per hour and job."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from jobs.dead_letters import dead_letter
from jobs.registry import JOBS
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.db.session import Database


def fail(db: Database, job: str, **arguments: object) -> UUID:
    with db.unit_of_work() as session:
        message_id = enqueue(session, job, **arguments).id  # type: ignore[arg-type]
        session.flush()
        dead_letter(session, message_id, error="LookupError: x")
        return message_id


def alerts(db: Database) -> list[str]:
    """Ids of the failed jobs that the admins are notified of."""
    with db.unit_of_work() as session:
        rows = session.scalars(
            select(OutboxMessage.arguments)
            .where(OutboxMessage.job == "notifications.tell")
            .order_by(OutboxMessage.id)
        )
        return [arguments["message_id"] for arguments in rows]


def test_admins_are_notified_of_a_dead_lettered_job(database: Database) -> None:
    failed = fail(database, "orders.fulfil")

    assert alerts(database) == [str(failed)]


def let_an_hour_pass(db: Database) -> None:
    """Make the alerts an hour older."""
    with db.unit_of_work() as session:
        for row in session.scalars(
            select(OutboxMessage).where(OutboxMessage.job == "notifications.tell")
        ):
            row.id = UUID(int=row.id.int - (3_601_000 << 80))


def test_many_failures_of_a_job_raise_one_alert_an_hour(database: Database) -> None:
    first = fail(database, "orders.fulfil")
    fail(database, "orders.fulfil")
    other = fail(database, "payments.refund")
    assert alerts(database) == [str(first), str(other)]
    let_an_hour_pass(database)

    later = fail(database, "orders.fulfil")

    assert alerts(database) == [str(first), str(other), str(later)]


def test_a_job_that_keeps_failing_raises_an_alert_every_hour(
    database: Database,
) -> None:
    first = fail(database, "orders.fulfil")
    let_an_hour_pass(database)
    second = fail(database, "orders.fulfil")
    fail(database, "orders.fulfil")
    let_an_hour_pass(database)

    third = fail(database, "orders.fulfil")

    assert alerts(database) == [str(first), str(second), str(third)]


@pytest.mark.parametrize("job", ["notifications.mail", "webhooks.deliver"])
def test_admins_are_notified_of_failed_mails_and_webhooks(
    database: Database, job: str
) -> None:
    failed = fail(database, job, event="order.confirmed")

    assert alerts(database) == [str(failed)]


@pytest.mark.parametrize("job", ["notifications.tell", "notifications.mail"])
def test_a_failed_alert_raises_no_alert_of_its_own(
    database: Database, job: str
) -> None:
    failed = fail(database, job, event="job.failed", message_id=uuid4())

    assert str(failed) not in alerts(database)


def test_mail_is_retried_for_a_day() -> None:
    assert sum(JOBS["notifications.mail"].retry_delays_s) > 24 * 3600
