"""Work promised by a transaction, sent only once that transaction is safe.

A job queued before its commit can run before the row it needs exists; one queued after can
be lost if the process dies in between. Promising in the same transaction avoids both.

A promise is kept when the job's own transaction sets `done_at` (`keep`), not when it was
handed to the queue: what was handed over and not done in time is handed over again, so that
an emptied queue loses nothing. A job may therefore run twice, and first looks whether its
work is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Index,
    Interval,
    and_,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db.base import Record
from webapp.kit.clock import utc_now
from webapp.kit.errors import NotFound
from webapp.kit.ids import id_at, new_id

NOTIFY_CHANNEL = "outbox"  # NOTIFY is sent by a trigger of the migration


class JobState(StrEnum):
    OPEN = "open"
    DEAD = "failed"
    DONE = "done"


@dataclass(frozen=True)
class JobCount:
    """How the promises of one job stand."""

    job: str
    waiting: int
    """Due or handed over, and not done."""
    scheduled: int
    """Not due yet, or between two tries."""
    dead: int
    oldest_waiting: timedelta


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
            postgresql_where="done_at IS NULL AND dead_lettered_at IS NULL",
        ),
        Index(
            "ix_outbox_messages_dead",
            "job",
            "dead_lettered_at",
            postgresql_where="dead_lettered_at IS NOT NULL",
        ),
    )

    job: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """Not before this moment; moved ahead at each hand-over, and again when its run begins,
    to when it counts as lost."""
    dispatched_at: Mapped[datetime | None]
    """When it was handed over; empty again when its run has failed."""
    started_at: Mapped[datetime | None]
    """When a worker began with it last. A hand-over is good for one run."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Runs that were begun."""
    done_at: Mapped[datetime | None]
    dead_lettered_at: Mapped[datetime | None]
    """Set when its retries are used up: kept apart for a person to look at."""
    last_error: Mapped[str | None]

    @property
    def state(self) -> JobState:
        if self.done_at is not None:
            return JobState.DONE
        return JobState.OPEN if self.dead_lettered_at is None else JobState.DEAD


OPEN = and_(OutboxMessage.done_at.is_(None), OutboxMessage.dead_lettered_at.is_(None))
DEAD = and_(
    OutboxMessage.done_at.is_(None), OutboxMessage.dead_lettered_at.is_not(None)
)
IN_STATE = {
    JobState.OPEN: OPEN,
    JobState.DEAD: DEAD,
    JobState.DONE: OutboxMessage.done_at.is_not(None),
}


def enqueue(
    session: Session, job: str, *, after: timedelta | None = None, **arguments: object
) -> OutboxMessage:
    """Promise that `job` (a name of `jobs.registry`) runs once this transaction commits.

    `after` delays it; arguments are stored as strings, so pass ids and plain values.
    """
    message = OutboxMessage(
        id=new_id(),
        job=job,
        arguments={name: str(value) for name, value in arguments.items()},
        due_at=None if after is None else utc_now() + after,
    )
    session.add(message)
    return message


def claim_due(session: Session, *, limit: int = 100) -> Sequence[OutboxMessage]:
    """Promises to hand over now, locked against other relays for this transaction."""
    return session.scalars(
        select(OutboxMessage)
        .where(OPEN, OutboxMessage.due_at <= func.now())
        .order_by(OutboxMessage.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def find_next_due_at(session: Session) -> datetime | None:
    """When the earliest open promise falls due; `None` when nothing is open."""
    return session.scalar(select(func.min(OutboxMessage.due_at)).where(OPEN))


def require_message(session: Session, message_id: UUID) -> OutboxMessage:
    """Raises `JobNotFound`."""
    message = session.get(OutboxMessage, message_id)
    if message is None:
        raise JobNotFound(message_id)
    return message


def start_attempt(
    session: Session, message_id: UUID, *, lease: timedelta
) -> int | None:
    """Begin a run, which is lost when it is not over after `lease`; says the how-manieth.

    `None` when there is nothing to do: it is kept or set apart, or another run has begun since
    it was handed over. A run that ended badly has used its hand-over up, too.
    """
    # A worker can be quicker than the relay's commit: what that writes is there with the lock,
    # and seen by the next statement only.
    session.execute(
        select(OutboxMessage.id)
        .where(OutboxMessage.id == message_id)
        .with_for_update(key_share=True)
    )
    return session.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message_id,
            OPEN,
            or_(
                OutboxMessage.started_at.is_(None),
                OutboxMessage.started_at < OutboxMessage.dispatched_at,
            ),
        )
        .values(
            # Not the transaction's time: it may have waited for the relay's.
            started_at=func.clock_timestamp(),
            due_at=func.now() + lease,
            attempts=OutboxMessage.attempts + 1,
        )
        .returning(OutboxMessage.attempts)
        .execution_options(synchronize_session=False)
    )


def mark_done(
    session: Session, message_id: UUID, *, erase_arguments: bool = False
) -> bool:
    """Mark a promise kept, in the transaction that did the work; false if it was already.
    `forget` its arguments, too."""
    forgotten: dict[str, Any] = {"arguments": {}} if erase_arguments else {}
    done = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.done_at.is_(None))
        .values(done_at=func.now(), dead_lettered_at=None, last_error=None, **forgotten)
        .returning(OutboxMessage.id)
    )
    return done.first() is not None


def record_failure(
    session: Session, message_id: UUID, *, error: str, retry_in: timedelta | None
) -> bool:
    """Remember why it failed; hand over again after `retry_in`, or set apart if `None`.

    False when another run has kept it meanwhile: then nothing has failed.
    """
    change: dict[str, Any] = {"last_error": error[-4000:], "dispatched_at": None}
    if retry_in is None:
        change["dead_lettered_at"] = func.now()
    else:
        change["due_at"] = func.now() + retry_in
    noted = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.done_at.is_(None))
        .values(**change)
        .returning(OutboxMessage.id)
    )
    return noted.first() is not None


def is_enqueued(session: Session, job: str) -> bool:
    """Whether a promise of this job is open."""
    return bool(session.scalar(select(exists().where(OutboxMessage.job == job, OPEN))))


def list_enqueued_since(
    session: Session, job: str, *, since: datetime, **arguments: str
) -> Sequence[OutboxMessage]:
    """Promises of this job with these among their arguments, done or not."""
    return session.scalars(
        select(OutboxMessage).where(
            # Ids tell the time, and have an index.
            OutboxMessage.id > id_at(int(since.timestamp() * 1000), 0),
            OutboxMessage.job == job,
            OutboxMessage.arguments.contains(arguments),
        )
    ).all()


def list_by_state(
    session: Session,
    *,
    state: JobState,
    job: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[OutboxMessage]:
    """Newest first."""
    statement = select(OutboxMessage).where(IN_STATE[state])
    if job is not None:
        statement = statement.where(OutboxMessage.job == job)
    if after is not None:
        statement = statement.where(OutboxMessage.id < after)
    return session.scalars(
        statement.order_by(OutboxMessage.id.desc()).limit(limit)
    ).all()


def requeue(
    session: Session, *, job: str | None, message_id: UUID | None = None
) -> int:
    """Open again what was set apart: one, those of a job or all; returns how many."""
    statement = update(OutboxMessage).where(DEAD)
    if job is not None:
        statement = statement.where(OutboxMessage.job == job)
    if message_id is not None:
        statement = statement.where(OutboxMessage.id == message_id)
    revived = session.execute(
        statement.values(dead_lettered_at=None, attempts=0, due_at=func.now())
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(revived.all())


def count_by_job(session: Session) -> Sequence[JobCount]:
    """By name, of what is not done."""
    waiting = and_(
        OPEN,
        or_(
            OutboxMessage.due_at <= func.now(), OutboxMessage.dispatched_at.is_not(None)
        ),
    )
    since = func.coalesce(OutboxMessage.dispatched_at, OutboxMessage.due_at)
    oldest = cast(func.now() - func.min(since).filter(waiting), Interval)
    rows = session.execute(
        select(
            OutboxMessage.job,
            func.count().filter(waiting),
            func.count().filter(OPEN, ~waiting),
            func.count().filter(DEAD),
            func.coalesce(oldest, timedelta()),
        )
        .where(OutboxMessage.done_at.is_(None))
        .group_by(OutboxMessage.job)
        .order_by(OutboxMessage.job)
    )
    return [JobCount(*row) for row in rows]


def delete_done(session: Session, *, older_than: timedelta) -> int:
    """Delete promises kept long ago; returns how many."""
    gone = session.execute(
        delete(OutboxMessage)
        .where(OutboxMessage.done_at < func.now() - older_than)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
