from uuid import UUID

import structlog

from jobs.context import JobContext
from webapp.adapters.mail.port import Mail, MailRefused
from webapp.bootstrap import Runtime
from webapp.notifications import service
from webapp.notifications.event_data import load_event_data
from webapp.notifications.events import Channel, build_event_key
from webapp.webhooks import deliveries

log = structlog.get_logger()


def notify(
    runtime: Runtime, task: JobContext, *, event: str, only: str = "", **subject: str
) -> None:
    """Promise what everybody is to be told about an event; sends nothing itself.

    `only=webhook` spares people a mail where that of another event says the same.
    """
    key = build_event_key(event, subject, occurrence=task.message_id)
    with runtime.db.unit_of_work() as session:
        facts = load_event_data(session, subject)
        if only != Channel.WEBHOOK:
            service.enqueue_mails(
                session, event=event, key=key, subject=subject, data=facts
            )
        deliveries.publish_event(session, event=event, key=key, data=facts)
        task.mark_done(session)


def send_mail(
    runtime: Runtime,
    task: JobContext,
    *,
    notification_id: str,
    event: str,
    **subject: str,
) -> None:
    """One mail to one recipient. That the address takes none is an answer, too."""
    row_id = UUID(notification_id)
    with runtime.db.unit_of_work() as session:
        letter = service.prepare_mail(
            session,
            notification_id=row_id,
            event=event,
            subject=subject,
            site=runtime.settings.site,
            secret=runtime.settings.require_jwt_secret(),
        )
    refusal = _send(runtime, letter) if letter is not None else None
    with runtime.db.unit_of_work() as session:
        if refusal is not None:
            service.mark_rejected(session, notification_id=row_id, reason=refusal)
        elif letter is not None:
            service.mark_sent(session, notification_id=row_id)
        task.mark_done(session)


def _send(runtime: Runtime, letter: Mail) -> str | None:
    """Why it was refused for good, if it was."""
    try:
        runtime.mail.send(letter)
    except MailRefused as refusal:
        log.warning("mail refused", message_id=str(letter.message_id), why=str(refusal))
        return refusal.message
    return None
