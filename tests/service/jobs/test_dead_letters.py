"""What is set apart is told to the admins, once an hour and kind."""

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


def told(db: Database) -> list[str]:
    """Ids of the failed jobs that are told."""
    with db.unit_of_work() as session:
        rows = session.scalars(
            select(OutboxMessage.arguments)
            .where(OutboxMessage.job == "notifications.tell")
            .order_by(OutboxMessage.id)
        )
        return [arguments["message_id"] for arguments in rows]


def test_a_job_that_is_set_apart_is_told(database: Database) -> None:
    failed = fail(database, "orders.fulfil")

    assert told(database) == [str(failed)]


def an_hour_passes(db: Database) -> None:
    """For what was told."""
    with db.unit_of_work() as session:
        for row in session.scalars(
            select(OutboxMessage).where(OutboxMessage.job == "notifications.tell")
        ):
            row.id = UUID(int=row.id.int - (3_601_000 << 80))


def test_many_of_a_kind_are_told_once_an_hour(database: Database) -> None:
    first = fail(database, "orders.fulfil")
    fail(database, "orders.fulfil")
    other = fail(database, "payments.refund")
    assert told(database) == [str(first), str(other)]
    an_hour_passes(database)

    later = fail(database, "orders.fulfil")

    assert told(database) == [str(first), str(other), str(later)]


def test_a_job_that_never_stops_failing_is_told_every_hour(database: Database) -> None:
    first = fail(database, "orders.fulfil")
    an_hour_passes(database)
    second = fail(database, "orders.fulfil")
    fail(database, "orders.fulfil")
    an_hour_passes(database)

    third = fail(database, "orders.fulfil")

    assert told(database) == [str(first), str(second), str(third)]


@pytest.mark.parametrize("job", ["notifications.mail", "webhooks.deliver"])
def test_mails_and_webhooks_that_fail_are_told(database: Database, job: str) -> None:
    failed = fail(database, job, event="order.confirmed")

    assert told(database) == [str(failed)]


@pytest.mark.parametrize("job", ["notifications.tell", "notifications.mail"])
def test_what_tells_of_a_failure_does_not_tell_of_its_own(
    database: Database, job: str
) -> None:
    failed = fail(database, job, event="job.failed", message_id=uuid4())

    assert str(failed) not in told(database)


def test_mail_is_tried_for_a_day() -> None:
    assert sum(JOBS["notifications.mail"].retry_delays_s) > 24 * 3600
