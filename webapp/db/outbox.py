"""Work promised by a transaction, sent only once that transaction is safe.

A job queued before its commit can run before the row it needs exists; one queued after can
be lost if the process dies in between. Promising in the same transaction avoids both.

A promise is kept when the job's own transaction sets `done_at` (`keep`), not when it was
handed to the queue: what was handed over and not done in time is handed over again, so that
an emptied queue loses nothing. A job may therefore run twice, and first looks whether its
work is done.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, and_, delete, exists, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db.base import Record
from webapp.kit.errors import NotFound
from webapp.kit.ids import new_id

CHANNEL = "outbox"  # NOTIFY is sent by a trigger of the migration


class JobNotFound(NotFound):
    code = "JOB_NOT_FOUND"

    def __init__(self, message_id: UUID) -> None:
        super().__init__("There is no such job, or it is long done", job_id=message_id)


class OutboxMessage(Record):
    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index(
            "ix_outbox_messages_open",
            "due_at",
            postgresql_where="done_at IS NULL AND failed_at IS NULL",
        ),
        Index(
            "ix_outbox_messages_failed",
            "job",
            "failed_at",
            postgresql_where="failed_at IS NOT NULL",
        ),
    )

    job: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """Not before this moment; moved ahead at each hand-over to when it is overdue."""
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    """Set when its retries are used up: kept apart for a person to look at."""
    last_error: Mapped[str | None]


def promise(
    session: Session, job: str, *, after: timedelta | None = None, **arguments: object
) -> OutboxMessage:
    """Promise that `job` (a name of `jobs.registry`) runs once this transaction commits.

    `after` delays it; arguments are stored as strings, so pass ids and plain values.
    """
    message = OutboxMessage(
        id=new_id(),
        job=job,
        arguments={name: str(value) for name, value in arguments.items()},
    )
    if after is not None:
        message.due_at = func.now() + after
    session.add(message)
    return message


def claim_due(session: Session, *, limit: int = 100) -> Sequence[OutboxMessage]:
    """Promises to hand over now, locked against other relays for this transaction."""
    return session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.done_at.is_(None),
            OutboxMessage.failed_at.is_(None),
            OutboxMessage.due_at <= func.now(),
        )
        .order_by(OutboxMessage.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def next_due(session: Session) -> datetime | None:
    """When the earliest open promise falls due; `None` when nothing is open."""
    return session.scalar(
        select(func.min(OutboxMessage.due_at)).where(
            and_(OutboxMessage.done_at.is_(None), OutboxMessage.failed_at.is_(None))
        )
    )


def require(session: Session, message_id: UUID) -> OutboxMessage:
    """Raises `JobNotFound`."""
    message = session.get(OutboxMessage, message_id)
    if message is None:
        raise JobNotFound(message_id)
    return message


def is_open(session: Session, message_id: UUID) -> bool:
    return bool(
        session.scalar(
            select(
                and_(OutboxMessage.done_at.is_(None), OutboxMessage.failed_at.is_(None))
            ).where(OutboxMessage.id == message_id)
        )
    )


def keep(session: Session, message_id: UUID) -> bool:
    """Mark a promise kept, in the transaction that did the work; false if it was already."""
    done = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.done_at.is_(None))
        .values(done_at=func.now(), last_error=None)
        .returning(OutboxMessage.id)
    )
    return done.first() is not None


def note_failure(
    session: Session, message_id: UUID, *, error: str, retry_in: timedelta | None
) -> None:
    """Remember why it failed; hand over again after `retry_in`, or set apart if `None`."""
    change: dict[str, Any] = {"last_error": error[-4000:]}
    if retry_in is None:
        change["failed_at"] = func.now()
    else:
        change["due_at"] = func.now() + retry_in
    session.execute(
        update(OutboxMessage).where(OutboxMessage.id == message_id).values(**change)
    )


def has_failed_lately(
    session: Session, job: str, *, within: timedelta, but: UUID
) -> bool:
    """Whether another promise of this job was set apart a short time ago."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    OutboxMessage.job == job,
                    OutboxMessage.failed_at > func.now() - within,
                    OutboxMessage.id != but,
                )
            )
        )
    )


def forget_done(session: Session, *, older_than: timedelta) -> int:
    """Delete promises kept long ago; returns how many."""
    gone = session.execute(
        delete(OutboxMessage)
        .where(OutboxMessage.done_at < func.now() - older_than)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
