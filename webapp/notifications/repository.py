from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.kit.ids import new_id
from webapp.notifications.models import MutedNotifications, SentNotification


def list_admins(session: Session) -> Sequence[Customer]:
    return session.scalars(
        select(Customer)
        .where(Customer.groups.contains(["admin"]), Customer.verified_at.is_not(None))
        .order_by(Customer.id)
    ).all()


def find_customer(session: Session, customer_id: UUID) -> Customer | None:
    return session.get(Customer, customer_id)


def insert_notification(
    session: Session, *, event_key: str, channel: str, recipient: UUID
) -> UUID | None:
    """The new row's id; `None` when the recipient has been notified of this event already."""
    return session.scalar(
        insert(SentNotification)
        .values(
            id=new_id(),
            event_key=event_key,
            channel=channel,
            recipient=str(recipient),
        )
        .on_conflict_do_nothing(index_elements=[SentNotification.event_key])
        .returning(SentNotification.id)
    )


def find_notification(
    session: Session, notification_id: UUID
) -> SentNotification | None:
    return session.get(SentNotification, notification_id)


def mark_sent(session: Session, notification_id: UUID) -> None:
    session.execute(
        update(SentNotification)
        .where(SentNotification.id == notification_id)
        .values(sent_at=func.now())
    )


def mark_rejected(session: Session, notification_id: UUID, *, reason: str) -> None:
    session.execute(
        update(SentNotification)
        .where(SentNotification.id == notification_id)
        .values(rejection_reason=reason)
    )


def list_muted_events(session: Session, customer_id: UUID) -> frozenset[str]:
    row = session.get(MutedNotifications, customer_id)
    return frozenset(row.events) if row is not None else frozenset()


def list_customers_muting(session: Session, event: str) -> set[UUID]:
    return set(
        session.scalars(
            select(MutedNotifications.customer_id).where(
                MutedNotifications.events.contains([event])
            )
        )
    )


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
