"""Mail about events: recipients, delivery once per event, and unsubscriptions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from webapp.adapters.mail.port import Mail
from webapp.db.outbox import OutboxMessage, enqueue
from webapp.notifications import messages, repository
from webapp.notifications.errors import BadUnsubscribeLink, NotOptional
from webapp.notifications.event_data import (
    EventData,
    OrderEventData,
    load_event_data,
)
from webapp.notifications.events import (
    ROUTES,
    Audience,
    Channel,
    EventName,
)
from webapp.notifications.repository import Recipient
from webapp.notifications.unsubscribe_links import Unsubscription

# Message ids are derived from event and recipient, so that a mail folder or a mail server can
# recognize a repetition, after a crash between sending and recording it, as the same event.
NAMESPACE = UUID("5b8f7f0e-3c57-5d0a-9a5e-0e67e67e67e6")


def build_mail_id(event_key: str) -> UUID:
    return uuid5(NAMESPACE, event_key)


@dataclass(frozen=True)
class PendingMail:
    """What a mail is rendered from."""

    event: EventName
    event_key: str
    """Of this event and this recipient."""
    recipient: Recipient
    data: EventData


class EnqueuedMail(NamedTuple):
    message: OutboxMessage
    pending: PendingMail


def enqueue_mails(
    session: Session,
    *,
    event: EventName,
    key: str,
    subject: dict[str, str],
    data: EventData,
) -> list[EnqueuedMail]:
    """Enqueue one mail per recipient, so that a bad address does not hold up the others.

    A recipient who has been notified of the event `key` before is skipped.
    """
    route = ROUTES[event]
    if Channel.MAIL not in route.channels:
        return []
    arguments: dict[str, Any] = {"event": event, **subject}
    enqueued: list[EnqueuedMail] = []
    for recipient in _find_recipients(session, event, data):
        event_key = f"{key}:{recipient.customer_id}"
        notification_id = repository.insert_notification(
            session,
            event_key=event_key,
            channel=Channel.MAIL,
            recipient=recipient.customer_id,
        )
        if notification_id is not None:
            message = enqueue(
                session,
                "notifications.mail",
                notification_id=notification_id,
                **arguments,
            )
            pending = PendingMail(event, event_key, recipient, data)
            enqueued.append(EnqueuedMail(message, pending))
    return enqueued


def _find_recipients(
    session: Session, event: EventName, data: EventData
) -> Sequence[Recipient]:
    muted_event = _get_muted_event(event)
    if ROUTES[event].audience is Audience.ADMINS:
        return repository.list_admins(session, muted_event=muted_event)
    buyer_id = data.order.customer_id if isinstance(data, OrderEventData) else None
    if buyer_id is None:  # an imported order of a guest
        return []
    buyer = repository.find_recipient(session, buyer_id, muted_event=muted_event)
    return [buyer] if buyer is not None else []


def _get_muted_event(event: EventName) -> EventName | None:
    """The event that a recipient may have muted; `None` for one that cannot be."""
    return None if ROUTES[event].transactional else event


def load_pending_mail(
    session: Session,
    *,
    notification_id: UUID,
    event: EventName,
    subject: dict[str, str],
) -> PendingMail | None:
    """`None` when it was sent before, or when the recipient is deleted or has unsubscribed."""
    row = repository.find_notification(session, notification_id)
    if row is None or row.sent_at is not None:
        return None
    recipient = repository.find_recipient(
        session, UUID(row.recipient), muted_event=_get_muted_event(event)
    )
    if recipient is None:
        return None
    data = load_event_data(session, subject, with_history=False)
    return PendingMail(event, row.event_key, recipient, data)


def render_mail(pending: PendingMail, *, site: str, secret: str) -> Mail | None:
    """`None` for a recipient who has no address any more."""
    event, recipient = pending.event, pending.recipient
    if not recipient.email:
        return None
    link = None
    if not ROUTES[event].transactional:
        unsubscription = Unsubscription(recipient.customer_id, event)
        link = unsubscription.build_link(site=site, secret=secret)
    return messages.build_event_mail(
        event,
        message_id=build_mail_id(pending.event_key),
        recipient=recipient.email,
        name=recipient.name,
        data=pending.data,
        site=site,
        unsubscribe_url=link,
    )


def mark_sent(session: Session, *, notification_id: UUID) -> None:
    repository.mark_sent(session, notification_id)


def mark_rejected(session: Session, *, notification_id: UUID, reason: str) -> None:
    repository.mark_rejected(session, notification_id, reason=reason)


def read_preferences(
    session: Session, *, customer_id: UUID, is_admin: bool
) -> dict[EventName, bool]:
    """Whether each event that may concern the account is mailed to it."""
    muted = repository.list_muted_events(session, customer_id)
    return {
        event: ROUTES[event].transactional or event not in muted
        for event in _list_receivable_events(is_admin=is_admin)
    }


def set_preferences(
    session: Session, *, customer_id: UUID, is_admin: bool, changes: Mapping[str, bool]
) -> None:
    """Events that are not named stay as they are. Raises `NotOptional`."""
    optional = {
        event
        for event in _list_receivable_events(is_admin=is_admin)
        if not ROUTES[event].transactional
    }
    not_optional = sorted(changes.keys() - optional)
    if not_optional:
        raise NotOptional(not_optional)
    muted = set(repository.list_muted_events(session, customer_id))
    muted |= {event for event, wants in changes.items() if not wants}
    muted -= {event for event, wants in changes.items() if wants}
    repository.upsert_muted_events(
        session, customer_id=customer_id, events=sorted(muted)
    )


def _list_receivable_events(*, is_admin: bool) -> list[EventName]:
    return [
        event
        for event, route in ROUTES.items()
        if Channel.MAIL in route.channels
        and (is_admin or route.audience is Audience.CUSTOMER)
    ]


def is_subscribed(session: Session, *, unsubscription: Unsubscription) -> bool:
    return unsubscription.event not in repository.list_muted_events(
        session, unsubscription.customer_id
    )


def unsubscribe(session: Session, *, unsubscription: Unsubscription) -> None:
    """Raises `BadUnsubscribeLink` for an account that does not exist."""
    if repository.find_customer(session, unsubscription.customer_id) is None:
        raise BadUnsubscribeLink
    repository.mute_event(
        session, customer_id=unsubscription.customer_id, event=unsubscription.event
    )
