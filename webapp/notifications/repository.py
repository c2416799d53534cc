from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.accounts.models import IS_ACTIVE_ADMIN, Customer
from webapp.db.statements import Statement
from webapp.kit.ids import new_id
from webapp.notifications.models import MutedNotifications, SentNotification


class Recipient(NamedTuple):
    customer_id: UUID
    email: str | None
    """`None` for a deleted account."""
    name: str


FIND_RECIPIENT = Statement("""
    SELECT id, email, name FROM customers
    WHERE id = :id AND NOT EXISTS (
        SELECT FROM muted_notifications
        WHERE customer_id = customers.id AND CAST(:muted_event AS text) = ANY (events)
    )
""")
INSERT_NOTIFICATION = Statement("""
    INSERT INTO sent_notifications (id, event_key, channel, recipient)
    VALUES (:id, :event_key, :channel, :recipient)
    ON CONFLICT (event_key) DO NOTHING RETURNING id
""")
MARK_SENT = Statement("UPDATE sent_notifications SET sent_at = now() WHERE id = :id")


def find_recipient(
    session: Session, customer_id: UUID, *, muted_event: str | None
) -> Recipient | None:
    """`None` for an account that does not exist or has muted the event."""
    found = FIND_RECIPIENT.fetch_first(session, id=customer_id, muted_event=muted_event)
    return Recipient._make(found) if found is not None else None


def list_admins(session: Session, *, muted_event: str | None) -> list[Recipient]:
    """The admins who have not muted the event."""
    have_muted = exists().where(
        MutedNotifications.customer_id == Customer.id,
        MutedNotifications.events.contains([muted_event]),
    )
    rows = session.execute(
        select(Customer.id, Customer.email, Customer.name)
        .where(IS_ACTIVE_ADMIN, ~have_muted if muted_event else true())
        .order_by(Customer.id)
    )
    return [Recipient._make(row) for row in rows]


def find_customer(session: Session, customer_id: UUID) -> Customer | None:
    return session.get(Customer, customer_id)


def insert_notification(
    session: Session, *, event_key: str, channel: str, recipient: UUID
) -> UUID | None:
    """The new row's id; `None` when the recipient has been notified of this event already."""
    inserted: UUID | None = INSERT_NOTIFICATION.fetch_value(
        session,
        id=new_id(),
        event_key=event_key,
        channel=channel,
        recipient=str(recipient),
    )
    return inserted


def find_notification(
    session: Session, notification_id: UUID
) -> SentNotification | None:
    return session.get(SentNotification, notification_id)


def mark_sent(session: Session, notification_id: UUID) -> None:
    MARK_SENT.run(session, id=notification_id)


def mark_rejected(session: Session, notification_id: UUID, *, reason: str) -> None:
    session.execute(
        update(SentNotification)
        .where(SentNotification.id == notification_id)
        .values(rejection_reason=reason)
    )


def list_muted_events(session: Session, customer_id: UUID) -> frozenset[str]:
    row = session.get(MutedNotifications, customer_id)
    return frozenset(row.events) if row is not None else frozenset()


def mute_event(session: Session, *, customer_id: UUID, event: str) -> None:
    """Add the event to the list, once; in one statement, as mail programs send requests twice."""
    session.execute(
        insert(MutedNotifications)
        .values(customer_id=customer_id, events=[event])
        .on_conflict_do_update(
            index_elements=[MutedNotifications.customer_id],
            set_={"events": func.array_append(MutedNotifications.events, event)},
            where=~MutedNotifications.events.contains([event]),
        )
    )


def upsert_muted_events(
    session: Session, *, customer_id: UUID, events: list[str]
) -> None:
    session.execute(
        insert(MutedNotifications)
        .values(customer_id=customer_id, events=events)
        .on_conflict_do_update(
            index_elements=[MutedNotifications.customer_id], set_={"events": events}
        )
    )
