from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from webapp.db import outbox
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.devtools.prove import repository

HOUR = timedelta(hours=1)


def dispatch(session: Session, message_id: UUID) -> None:
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .values(dispatched_at=func.clock_timestamp(), due_at=func.now() + HOUR)
    )


def enqueue_failed(session: Session) -> UUID:
    """Enqueue a message whose first attempt has failed and whose retry is due in an hour."""
    message_id = enqueue(session, "orders.fulfil", order_id="x").id
    session.flush()
    dispatch(session, message_id)
    outbox.start_attempts(session, [message_id], lease=HOUR)
    outbox.record_failure(session, message_id, error="LookupError: x", retry_in=HOUR)
    return message_id


def test_only_a_message_that_waits_for_its_retry_is_made_due_now(
    session: Session,
) -> None:
    waiting, dispatched, running = (enqueue_failed(session) for _ in range(3))
    enqueue(session, "orders.fulfil", after=HOUR, order_id="x")
    dispatch(session, dispatched)
    dispatch(session, running)
    assert outbox.start_attempts(session, [running], lease=HOUR) == {running: 2}

    repository.retry_failed_now(session, due_after=timedelta(seconds=10))

    assert [message.id for message in outbox.claim_due(session)] == [waiting]
