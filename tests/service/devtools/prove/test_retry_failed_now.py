from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from webapp.db import outbox
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.devtools.prove import repository

HOUR = timedelta(hours=1)


def hand_over(session: Session, message_id: UUID) -> None:
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .values(dispatched_at=func.clock_timestamp(), due_at=func.now() + HOUR)
    )


def failed(session: Session) -> UUID:
    """A promise whose first run has failed, and that is to be tried again in an hour."""
    message_id = enqueue(session, "orders.fulfil", order_id="x").id
    session.flush()
    hand_over(session, message_id)
    outbox.start_attempt(session, message_id, lease=HOUR)
    outbox.record_failure(session, message_id, error="LookupError: x", retry_in=HOUR)
    return message_id


def test_only_what_waits_for_its_next_try_is_hurried(session: Session) -> None:
    waits, queued, runs = (failed(session) for _ in range(3))
    enqueue(session, "orders.fulfil", after=HOUR, order_id="x")
    hand_over(session, queued)
    hand_over(session, runs)
    assert outbox.start_attempt(session, runs, lease=HOUR) == 2

    repository.retry_failed_now(session, due_after=timedelta(seconds=10))

    assert [message.id for message in outbox.claim_due(session)] == [waits]
