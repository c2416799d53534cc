"""What is set apart is told to the admins, once an hour and kind."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from jobs.failures import set_apart
from webapp.db.outbox import OutboxMessage, promise
from webapp.db.session import Database


def fail(db: Database, job: str) -> UUID:
    with db.unit_of_work() as session:
        message_id = promise(session, job).id
        session.flush()
        set_apart(session, message_id, error="LookupError: x")
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


def test_many_of_a_kind_are_told_once_an_hour(database: Database) -> None:
    first = fail(database, "orders.fulfil")
    fail(database, "orders.fulfil")
    other = fail(database, "payments.refund")
    assert told(database) == [str(first), str(other)]
    with database.unit_of_work() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.failed_at.is_not(None))
            .values(failed_at=func.now() - timedelta(hours=2))
        )

    later = fail(database, "orders.fulfil")

    assert told(database) == [str(first), str(other), str(later)]


@pytest.mark.parametrize("job", ["notifications.mail", "webhooks.deliver"])
def test_who_tells_does_not_tell_of_itself(database: Database, job: str) -> None:
    fail(database, job)

    assert told(database) == []
