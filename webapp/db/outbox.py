"""Transactional outbox: background jobs enqueued as rows of the transaction that needs them.

A job sent to the queue before the commit can run before the row it needs exists; one sent after
the commit can be lost if the process dies in between. Enqueuing in the same transaction avoids
both.

A message is done when the job's own transaction sets `done_at` (`mark_done`), not when it was
dispatched to the queue: a message that was dispatched and is not done in time is dispatched
again, so that an emptied queue loses nothing. A job may therefore run twice, and first checks
whether its work is done.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
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
from webapp.db.statements import Statement
from webapp.kit.clock import to_unix_ms, utc_now
from webapp.kit.errors import NotFound
from webapp.kit.ids import id_at, new_id

NOTIFY_CHANNEL = "outbox"  # NOTIFY is sent by a trigger of the migration


class JobState(StrEnum):
    OPEN = "open"
    DEAD = "failed"
    DONE = "done"


@dataclass(frozen=True)
class JobCount:
    """Number of unfinished messages of one job, by what they wait for."""

    job: str
    waiting: int
    """Due or dispatched, and not done."""
    scheduled: int
    """Not due yet, or between two attempts."""
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
    """Time of the next dispatch. Each dispatch, and the start of each attempt, moves it to the
    time at which the job counts as lost."""
    dispatched_at: Mapped[datetime | None]
    """When it was dispatched to the queue; null again after a failed attempt."""
    batch_id: Mapped[UUID | None]
    """The batch of its last dispatch, which is one entry of the queue."""
    started_at: Mapped[datetime | None]
    """When a worker started its last attempt. One dispatch allows one attempt."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Attempts that were started."""
    done_at: Mapped[datetime | None]
    dead_lettered_at: Mapped[datetime | None]
    """Set when its retries are used up: it then waits for an operator."""
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
    """Enqueue `job` (a name of `jobs.registry`), to run once this transaction commits.

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


# The last part of a statement for `enqueue_by`; `after` and `source` are SQL.
ENQUEUE_FROM = """
    INSERT INTO outbox_messages (id, job, arguments, due_at, attempts)
    SELECT :message_id, :job, CAST(:arguments AS jsonb), now() + {after}, 0 FROM {source}
"""


def enqueue_by(
    session: Session,
    job: str,
    *,
    statement: Statement,
    arguments: Mapping[str, object],
    **parameters: object,
) -> None:
    """Enqueue `job` by a statement that ends with `ENQUEUE_FROM` and does more, where an order
    cannot afford two."""
    statement.run(
        session,
        message_id=new_id(),
        job=job,
        arguments=json.dumps({name: str(value) for name, value in arguments.items()}),
        **parameters,
    )


class DueMessage(NamedTuple):
    id: UUID
    job: str
    arguments: dict[str, Any]
    dispatched_at: datetime | None
    batch_id: UUID | None
    attempts: int
    last_error: str | None


IS_OPEN = """
    done_at IS NULL AND dead_lettered_at IS NULL AND job != ALL (CAST(:without AS text[]))
"""
CLAIM_DUE = Statement(f"""
    SELECT {", ".join(DueMessage._fields)} FROM outbox_messages
    WHERE {IS_OPEN} AND due_at <= now()
    ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")  # noqa: S608
NEXT_DUE_AT = Statement(f"SELECT min(due_at) FROM outbox_messages WHERE {IS_OPEN}")  # noqa: S608


def claim_due(
    session: Session, *, without: Collection[str] = (), limit: int = 100
) -> Sequence[DueMessage]:
    """Return due messages, except of the jobs `without`, locked against other relays for this
    transaction."""
    rows = CLAIM_DUE.fetch_all(session, without=list(without), limit=limit)
    return [DueMessage._make(row) for row in rows]


class Dispatch(NamedTuple):
    """One message of a batch that is dispatched."""

    message_id: UUID
    batch_id: UUID
    lease: timedelta
    """Time after which it counts as lost."""


# Sets of rows, in one statement each: with one for each row, the relay's time goes into them.
RECORD_DISPATCHES = Statement("""
    UPDATE outbox_messages SET
        dispatched_at = now(), due_at = now() + dispatch.lease, batch_id = dispatch.batch_id
    FROM unnest(CAST(:ids AS uuid[]), CAST(:batch_ids AS uuid[]), CAST(:leases AS interval[]))
        AS dispatch (message_id, batch_id, lease)
    WHERE id = dispatch.message_id
""")
MARK_ALL_DONE = Statement("""
    UPDATE outbox_messages SET done_at = now(), dead_lettered_at = NULL, last_error = NULL
    WHERE id = ANY (CAST(:ids AS uuid[])) AND done_at IS NULL
""")


def record_dispatches(session: Session, dispatches: Sequence[Dispatch]) -> None:
    if dispatches:
        ids, batch_ids, leases = map(list, zip(*dispatches, strict=True))
        RECORD_DISPATCHES.run(session, ids=ids, batch_ids=batch_ids, leases=leases)


def mark_all_done(session: Session, ids: Collection[UUID]) -> None:
    """Mark messages done that have nothing left to do."""
    if ids:
        MARK_ALL_DONE.run(session, ids=list(ids))


def find_next_due_at(
    session: Session, *, without: Collection[str] = ()
) -> datetime | None:
    """Return when the earliest open message, except of the jobs `without`, falls due; `None` when
    none is open."""
    due_at: datetime | None = NEXT_DUE_AT.fetch_value(session, without=list(without))
    return due_at


def require_message(session: Session, message_id: UUID) -> OutboxMessage:
    """Return the message. Raises `JobNotFound`."""
    message = session.get(OutboxMessage, message_id)
    if message is None:
        raise JobNotFound(message_id)
    return message


LOCK_MESSAGES = Statement("""
    SELECT id FROM outbox_messages WHERE id = ANY (CAST(:ids AS uuid[]))
    ORDER BY id FOR NO KEY UPDATE
""")
# The time of the start is not that of this transaction, which may have waited for the relay's.
START_ATTEMPTS = Statement("""
    UPDATE outbox_messages SET
        started_at = clock_timestamp(), due_at = now() + CAST(:lease AS interval),
        attempts = attempts + 1
    WHERE id = ANY (CAST(:ids AS uuid[])) AND done_at IS NULL AND dead_lettered_at IS NULL
        AND (started_at IS NULL OR started_at < dispatched_at)
    RETURNING id, attempts
""")
MARK_DONE = Statement("""
    UPDATE outbox_messages SET done_at = now(), dead_lettered_at = NULL, last_error = NULL,
        arguments = CASE WHEN :erase_arguments THEN '{}' ELSE arguments END
    WHERE id = :id AND done_at IS NULL
""")
RENEW_LEASES = Statement("""
    UPDATE outbox_messages SET due_at = now() + CAST(:lease AS interval)
    WHERE id = ANY (CAST(:ids AS uuid[])) AND done_at IS NULL AND dead_lettered_at IS NULL
""")


def start_attempts(
    session: Session, message_ids: Collection[UUID], *, lease: timedelta
) -> dict[UUID, int]:
    """Start attempts, which count as lost after `lease`; return their numbers, from 1, by message.

    Messages for which there is nothing to do are left out: those that are done or dead, and those
    of which another attempt has started since they were dispatched. A failed attempt uses up its
    dispatch, too.
    """
    ids = list(message_ids)
    # A worker can be faster than the relay's commit: the lock waits for that commit, and only
    # the next statement sees what it wrote.
    LOCK_MESSAGES.run(session, ids=ids)
    started = START_ATTEMPTS.fetch_all(session, ids=ids, lease=lease)
    return {row.id: row.attempts for row in started}


def renew_leases(
    session: Session, message_ids: Collection[UUID], *, lease: timedelta
) -> None:
    """Have messages count as lost only after `lease` from now: they are still in the queue, or wait
    in a batch."""
    RENEW_LEASES.run(session, ids=list(message_ids), lease=lease)


def insert_as_started(message: OutboxMessage, *, lease: timedelta) -> None:
    """Have a new message inserted as dispatched and started, for the process that inserts it."""
    now = utc_now()
    message.dispatched_at = message.started_at = now
    message.due_at = now + lease
    message.attempts = 1


def undo_entry(session: Session, entry_id: UUID) -> None:
    """Dispatch the messages of an entry of the queue at once again: they were not run."""
    session.execute(
        update(OutboxMessage)
        .where(
            or_(OutboxMessage.id == entry_id, OutboxMessage.batch_id == entry_id), OPEN
        )
        .values(dispatched_at=None, due_at=func.now())
        .execution_options(synchronize_session=False)
    )


def undo_attempts(
    session: Session, message_ids: Collection[UUID], *, delay: timedelta = timedelta()
) -> None:
    """Dispatch messages again, at once or after a delay, whose attempts have started and do not
    count: they were not run, or found that it is too early."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(message_ids), OPEN)
        .values(
            dispatched_at=None,
            started_at=None,
            due_at=func.now() + delay,
            attempts=OutboxMessage.attempts - 1,
        )
        .execution_options(synchronize_session=False)
    )


def mark_done(
    session: Session, message_id: UUID, *, erase_arguments: bool = False
) -> bool:
    """Mark a message done, in the transaction that did the work; false if it was already.
    `erase_arguments` deletes its arguments, too."""
    done = MARK_DONE.run(session, id=message_id, erase_arguments=erase_arguments)
    return done > 0


def record_failure(
    session: Session, message_id: UUID, *, error: str, retry_in: timedelta | None
) -> bool:
    """Record an error; dispatch again after `retry_in`, or dead-letter if that is `None`.

    False when another attempt has completed the message meanwhile: then nothing has failed.
    """
    change: dict[str, Any] = {"last_error": error[-4000:], "dispatched_at": None}
    if retry_in is None:
        change["dead_lettered_at"] = func.now()
    else:
        change["due_at"] = func.now() + retry_in
    updated = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.done_at.is_(None))
        .values(**change)
        .returning(OutboxMessage.id)
    )
    return updated.first() is not None


def is_enqueued(session: Session, job: str) -> bool:
    """Whether a message of this job is open."""
    return bool(session.scalar(select(exists().where(OutboxMessage.job == job, OPEN))))


def list_enqueued_since(
    session: Session, job: str, *, since: datetime, **arguments: str
) -> Sequence[OutboxMessage]:
    """Return messages of this job with these arguments among theirs, done or not."""
    return session.scalars(
        select(OutboxMessage).where(
            # Ids contain the time, and have an index.
            OutboxMessage.id > id_at(to_unix_ms(since), 0),
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
    """Return messages in one state, newest first."""
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
    """Reopen dead messages: one, those of a job, or all; return how many."""
    statement = update(OutboxMessage).where(DEAD)
    if job is not None:
        statement = statement.where(OutboxMessage.job == job)
    if message_id is not None:
        statement = statement.where(OutboxMessage.id == message_id)
    requeued = session.execute(
        statement.values(
            dead_lettered_at=None, attempts=0, dispatched_at=None, due_at=func.now()
        )
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(requeued.all())


def count_by_job(session: Session) -> Sequence[JobCount]:
    """Count the messages that are not done, by job name."""
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
    """Delete messages that were done long ago; return how many."""
    deleted = session.execute(
        delete(OutboxMessage)
        .where(OutboxMessage.done_at < func.now() - older_than)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())
