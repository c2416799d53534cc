"""What keeps failing is set apart, and the admins hear of it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox
from webapp.db.outbox import promise

# A supplier that is away fails many promises of a kind: one mail says enough.
QUIET_FOR = timedelta(hours=1)
# Who cannot be told of an event cannot be told of that either.
NOT_TOLD = ("notifications.", "webhooks.")


def set_apart(session: Session, message_id: UUID, *, error: str) -> None:
    job = outbox.require(session, message_id).job
    outbox.note_failure(session, message_id, error=error, retry_in=None)
    if job.startswith(NOT_TOLD) or outbox.has_failed_lately(
        session, job, within=QUIET_FOR, but=message_id
    ):
        return
    promise(session, "notifications.tell", event="job.failed", message_id=message_id)
