from uuid import UUID

import structlog

from jobs.context import JobContext
from webapp.adapters.mail.port import Mail, MailRefused
from webapp.bootstrap import Runtime
from webapp.db.bulk_flush import bulk_flush
from webapp.notifications import service
from webapp.notifications.event_data import load_event_data
from webapp.notifications.events import Channel, EventName, build_event_key
from webapp.notifications.service import PendingMail
from webapp.webhooks import deliveries

MAX_MAILS_NEXT = 3
"""Mails that follow in the process that enqueued them, such as an order's confirmation; the mails
to many recipients are left to all workers."""
log = structlog.get_logger()


def notify(
    runtime: Runtime, context: JobContext, *, event: str, only: str = "", **subject: str
) -> None:
    """Enqueue the mails and webhook deliveries of an event; sends nothing itself.

    `only=webhook` enqueues no mails, where the mail of another event says the same.
    """
    name = EventName(event)
    key = build_event_key(name, subject, occurrence=context.message_id)
    with runtime.db.unit_of_work() as session:
        endpoint_ids = deliveries.list_subscribed_endpoint_ids(session, event=name)
        data = load_event_data(session, subject, with_history=bool(endpoint_ids))
        if only != Channel.WEBHOOK:
            mails = service.enqueue_mails(
                session, event=name, key=key, subject=subject, data=data
            )
            for mail in mails[:MAX_MAILS_NEXT]:
                context.run_next(mail.message, loaded=mail.pending)
        deliveries.enqueue_deliveries(
            session, endpoint_ids, event=name, key=key, data=data
        )
        bulk_flush(session)
        context.mark_done(session)


def send_mail(
    runtime: Runtime,
    context: JobContext,
    *,
    notification_id: str,
    event: str,
    **subject: str,
) -> None:
    """Send one mail to one recipient; an address that accepts none is recorded as rejected."""
    row_id = UUID(notification_id)
    pending = context.loaded
    if not isinstance(pending, PendingMail):
        with runtime.db.unit_of_work() as session:
            pending = service.load_pending_mail(
                session,
                notification_id=row_id,
                event=EventName(event),
                subject=subject,
            )
    mail = _render_mail(runtime, pending) if pending is not None else None
    rejection = send_or_reject(runtime, mail) if mail is not None else None
    with runtime.db.unit_of_work() as session:
        if rejection is not None:
            service.mark_rejected(session, notification_id=row_id, reason=rejection)
        elif mail is not None:
            service.mark_sent(session, notification_id=row_id)
        context.mark_done(session)


def _render_mail(runtime: Runtime, pending: PendingMail) -> Mail | None:
    return service.render_mail(
        pending,
        site=runtime.settings.site,
        secret=runtime.settings.require_jwt_secret(),
    )


def send_or_reject(runtime: Runtime, mail: Mail) -> str | None:
    """Send a mail; return the reason if it was rejected for good."""
    try:
        runtime.mail.send(mail)
    except MailRefused as error:
        log.warning("mail rejected", message_id=str(mail.message_id), why=str(error))
        return error.message
    return None
