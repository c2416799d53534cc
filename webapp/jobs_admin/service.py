"""Background jobs for operators: list and count them, retry failed ones, recover stuck orders."""

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

# The order's own message may be running just now.
STUCK_AFTER = timedelta(minutes=5)


def list_jobs(
    session: Session,
    *,
    state: JobState,
    job: str | None = None,
    limit: int = paging.DEFAULT_LIMIT,
    last_key: str | None = None,
) -> Page[OutboxMessage]:
    """Return a page of jobs in one state, newest first."""
    rows = outbox.list_by_state(
        session,
        state=state,
        job=job,
        after=paging.decode_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    return paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])


def require_job(session: Session, *, job_id: UUID) -> OutboxMessage:
    """Return the job. Raises `JobNotFound`."""
    return outbox.require_message(session, job_id)


def retry_job(session: Session, *, job_id: UUID) -> OutboxMessage:
    """Requeue a failed job with all its attempts. Raises `JobNotFound`, `JobNotFailed`."""
    message = outbox.require_message(session, job_id)
    if not outbox.requeue(session, job=None, message_id=job_id):
        raise JobNotFailed(job_id, state=message.state)
    session.refresh(message)
    return message


def retry_failed_jobs(session: Session, *, job: str | None = None) -> int:
    """Requeue all failed jobs, or only those of one name; return how many."""
    return outbox.requeue(session, job=job)


def summarize_jobs(session: Session) -> Sequence[JobCount]:
    """Count jobs by name; names without an open or failed job are left out."""
    return outbox.count_by_job(session)


def enqueue_stuck_orders(session: Session, *, now: datetime) -> int:
    """Enqueue the next step of orders that have no open message for it; return how many.

    Unpaid orders whose stock hold is over are expired: that job asks Stripe for the final state
    of the payment first, so that an order that was paid is settled. Paid orders are fulfilled.
    """
    stuck = repository.list_stuck_orders(session, held_until=now - STUCK_AFTER)
    for order_id in stuck:
        enqueue(session, "orders.expire", order_id=order_id)
    unfulfilled = repository.list_unfulfilled_orders(
        session, paid_until=now - STUCK_AFTER
    )
    for order_id in unfulfilled:
        enqueue(session, "orders.fulfil", order_id=order_id)
    return len(stuck) + len(unfulfilled)
