"""The shop's background work as its people see it: what waits, what failed, run it again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.db import outbox
from webapp.db.outbox import JobCount, JobState, OutboxMessage, enqueue
from webapp.jobs_admin import repository
from webapp.jobs_admin.errors import JobNotFailed
from webapp.kit import paging
from webapp.kit.paging import Page

# The order's own promise may be running just now.
GRACE = timedelta(minutes=5)


def list_jobs(
    session: Session,
    *,
    state: JobState,
    job: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
) -> Page[OutboxMessage]:
    """Newest first."""
    rows = outbox.list_by_state(
        session,
        state=state,
        job=job,
        after=paging.decode_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])


def require_job(session: Session, *, job_id: UUID) -> OutboxMessage:
    """Raises `JobNotFound`."""
    return outbox.require_message(session, job_id)


def retry_job(session: Session, *, job_id: UUID) -> OutboxMessage:
    """Run a failed job again, with all its tries. Raises `JobNotFound`, `JobNotFailed`."""
    message = outbox.require_message(session, job_id)
    if not outbox.requeue(session, job=None, message_id=job_id):
        raise JobNotFailed(job_id, state=message.state)
    session.refresh(message)
    return message


def retry_failed_jobs(session: Session, *, job: str | None = None) -> int:
    """Run everything that failed again, or only what is of this name; returns how many."""
    return outbox.requeue(session, job=job)


def summarize_jobs(session: Session) -> Sequence[JobCount]:
    """By name; jobs of which nothing is open or failed are left out."""
    return outbox.count_by_job(session)


def enqueue_stuck_orders(session: Session, *, now: datetime) -> int:
    """Orders that nothing moves on any more: promise it again; returns how many.

    Those whose hold is over are ended: their expiry asks Stripe for its last word first, so
    that one that was paid is settled. Those that are paid go to the warehouse.
    """
    stuck = repository.list_stuck_orders(session, held_until=now - GRACE)
    for order_id in stuck:
        enqueue(session, "orders.expire", order_id=order_id)
    unfulfilled = repository.list_unfulfilled_orders(session, paid_until=now - GRACE)
    for order_id in unfulfilled:
        enqueue(session, "orders.fulfil", order_id=order_id)
    return len(stuck) + len(unfulfilled)
