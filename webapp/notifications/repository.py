from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.kit.ids import new_id
from webapp.notifications.models import SentNotification


def was_sent(session: Session, event_key: str) -> bool:
    return (
        session.scalar(
            select(SentNotification.id).where(SentNotification.event_key == event_key)
        )
        is not None
    )


def note_sent(
    session: Session, *, event_key: str, channel: str, recipient: str
) -> None:
    session.execute(
        insert(SentNotification)
        .values(id=new_id(), event_key=event_key, channel=channel, recipient=recipient)
        .on_conflict_do_nothing(index_elements=[SentNotification.event_key])
    )
