from uuid import UUID

import structlog

from jobs.task import Task
from webapp.adapters.mail.port import Mail, MailRefused
from webapp.bootstrap import Runtime
from webapp.notifications import service
from webapp.notifications.events import Channel, event_key
from webapp.notifications.facts import read_facts
from webapp.webhooks import deliveries

log = structlog.get_logger()


def tell(
    runtime: Runtime, task: Task, *, event: str, only: str = "", **subject: str
) -> None:
    """Promise what everybody is to be told about an event; sends nothing itself.

    `only=webhook` spares people a mail where that of another event says the same.
    """
    key = event_key(event, subject, occurrence=task.message_id)
    with runtime.db.unit_of_work() as session:
        facts = read_facts(session, subject)
        if only != Channel.WEBHOOK:
            service.tell_by_mail(
                session, event=event, key=key, subject=subject, facts=facts
            )
        deliveries.publish(session, event=event, key=key, facts=facts)
        task.keep(session)


def mail(
    runtime: Runtime, task: Task, *, notification_id: str, event: str, **subject: str
) -> None:
    """One mail to one recipient. That the address takes none is an answer, too."""
    row_id = UUID(notification_id)
    with runtime.db.unit_of_work() as session:
        letter = service.mail_to_send(
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
            service.note_refused(session, notification_id=row_id, reason=refusal)
        elif letter is not None:
            service.note_sent(session, notification_id=row_id)
        task.keep(session)


def _send(runtime: Runtime, letter: Mail) -> str | None:
    """Why it was refused for good, if it was."""
    try:
        runtime.mail.send(letter)
    except MailRefused as refusal:
        log.warning("mail refused", message_id=str(letter.message_id), why=str(refusal))
        return refusal.message
    return None
