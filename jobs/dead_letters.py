"""What keeps failing is set apart, and the admins hear of it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox
from webapp.db.outbox import enqueue
from webapp.kit.clock import utc_now

# A supplier that is away fails many promises of a kind: one mail says enough.
QUIET_FOR = timedelta(hours=1)
EVENT = "job.failed"


def dead_letter(session: Session, message_id: UUID, *, error: str) -> None:
    message = outbox.require_message(session, message_id)
    if not outbox.record_failure(session, message_id, error=error, retry_in=None):
        return
    # What tells of a failure does not tell of its own.
    tells_of_it = message.arguments.get("event") == EVENT
    if not tells_of_it and not told_lately(session, message.job):
        enqueue(session, "notifications.tell", event=EVENT, message_id=message_id)


def told_lately(session: Session, job: str) -> bool:
    """Whether the admins were told of another of these a short time ago."""
    told = outbox.list_enqueued_since(
        session, "notifications.tell", since=utc_now() - QUIET_FOR, event=EVENT
    )
    return any(
        outbox.require_message(session, UUID(each.arguments["message_id"])).job == job
        for each in told
    )
