"""Mail about events: who is told, told once, and who does not want to be told."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.adapters.mail.port import Mail
from webapp.db.outbox import enqueue
from webapp.notifications import messages, repository
from webapp.notifications.errors import BadUnsubscribeLink, NotOptional
from webapp.notifications.event_data import EventData, load_event_data
from webapp.notifications.events import ROUTES, Audience, Channel, NotificationRoute
from webapp.notifications.unsubscribe_links import Unsubscription

# Message ids are made from event and recipient, so that a mail folder or a mail server can
# tell a repetition, after a crash between sending and writing it down, from a second event.
NAMESPACE = UUID("5b8f7f0e-3c57-5d0a-9a5e-0e67e67e67e6")


def build_mail_id(event_key: str) -> UUID:
    return uuid5(NAMESPACE, event_key)


def enqueue_mails(
    session: Session, *, event: str, key: str, subject: dict[str, str], data: EventData
) -> None:
    """Promise a mail to each recipient, so that a bad address holds up nobody else.

    Whoever was told of the event `key` before is not told again.
    """
    route = ROUTES[event]
    if Channel.MAIL not in route.channels:
        return
    arguments: dict[str, Any] = {"event": event, **subject}
    unwilling = repository.list_customers_muting(session, event)
    for customer in _audience(session, route, data):
        if not route.transactional and customer.id in unwilling:
            continue
        notification_id = repository.insert_notification(
            session,
            event_key=f"{key}:{customer.id}",
            channel=Channel.MAIL,
            recipient=customer.id,
        )
        if notification_id is not None:
            enqueue(
                session,
                "notifications.mail",
                notification_id=notification_id,
                **arguments,
            )


def _audience(
    session: Session, route: NotificationRoute, facts: EventData
) -> Sequence[Customer]:
    if route.audience is Audience.ADMINS:
        return repository.list_admins(session)
    buyer_id = facts["order"].customer_id
    if buyer_id is None:  # a guest of the shop that the order was imported from
        return []
    buyer = repository.find_customer(session, buyer_id)
    return [buyer] if buyer is not None else []


def prepare_mail(
    session: Session,
    *,
    notification_id: UUID,
    event: str,
    subject: dict[str, str],
    site: str,
    secret: str,
) -> Mail | None:
    """`None` when it was sent before, and when the recipient is gone or has unsubscribed."""
    row = repository.find_notification(session, notification_id)
    if row is None or row.sent_at is not None:
        return None
    recipient = repository.find_customer(session, UUID(row.recipient))
    if recipient is None or not recipient.email:
        return None
    link = None
    if not ROUTES[event].transactional:
        if event in repository.list_muted_events(session, recipient.id):
            return None
        link = Unsubscription(recipient.id, event).build_link(site=site, secret=secret)
    return messages.build_event_mail(
        event,
        message_id=build_mail_id(row.event_key),
        recipient=recipient.email,
        name=recipient.name,
        data=load_event_data(session, subject),
        site=site,
        unsubscribe_url=link,
    )


def mark_sent(session: Session, *, notification_id: UUID) -> None:
    repository.mark_sent(session, notification_id)


def mark_rejected(session: Session, *, notification_id: UUID, reason: str) -> None:
    repository.mark_rejected(session, notification_id, reason=reason)


def read_preferences(
    session: Session, *, customer_id: UUID, is_admin: bool
) -> dict[str, bool]:
    """Whether each event that may concern the account is mailed to it."""
    muted = repository.list_muted_events(session, customer_id)
    return {
        event: ROUTES[event].transactional or event not in muted
        for event in _concerning(is_admin=is_admin)
    }


def set_preferences(
    session: Session, *, customer_id: UUID, is_admin: bool, changes: Mapping[str, bool]
) -> None:
    """What is not named stays as it is. Raises `NotOptional`."""
    optional = {
        event
        for event in _concerning(is_admin=is_admin)
        if not ROUTES[event].transactional
    }
    refused = sorted(changes.keys() - optional)
    if refused:
        raise NotOptional(refused)
    muted = set(repository.list_muted_events(session, customer_id))
    muted |= {event for event, wants in changes.items() if not wants}
    muted -= {event for event, wants in changes.items() if wants}
    repository.upsert_muted_events(
        session, customer_id=customer_id, events=sorted(muted)
    )


def _concerning(*, is_admin: bool) -> list[str]:
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
    """Raises `BadUnsubscribeLink` for an account that is not there."""
    if repository.find_customer(session, unsubscription.customer_id) is None:
        raise BadUnsubscribeLink
    repository.mute_event(
        session, customer_id=unsubscription.customer_id, event=unsubscription.event
    )
