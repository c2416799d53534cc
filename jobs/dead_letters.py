"""Dead-letter a message whose job keeps failing, and notify the admins."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox
from webapp.db.outbox import enqueue
from webapp.kit.clock import utc_now
from webapp.notifications.events import EventName

# An outage of an external service fails many messages of one job: one mail is enough.
ALERT_INTERVAL = timedelta(hours=1)


def dead_letter(session: Session, message_id: UUID, *, error: str) -> None:
    """Dead-letter a message, unless another attempt has completed it meanwhile."""
    message = outbox.require_message(session, message_id)
    if not outbox.record_failure(session, message_id, error=error, retry_in=None):
        return
    # A failed alert raises no alert of its own.
    is_alert = message.arguments.get("event") == EventName.JOB_FAILED
    if not is_alert and not was_alerted_recently(session, message.job):
        enqueue(
            session,
            "notifications.tell",
            event=EventName.JOB_FAILED,
            message_id=message_id,
        )


def was_alerted_recently(session: Session, job: str) -> bool:
    """Whether the admins were notified of a failure of this job within `ALERT_INTERVAL`."""
    alerts = outbox.list_enqueued_since(
        session,
        "notifications.tell",
        since=utc_now() - ALERT_INTERVAL,
        event=EventName.JOB_FAILED,
    )
    return any(
        outbox.require_message(session, UUID(alert.arguments["message_id"])).job == job
        for alert in alerts
    )
