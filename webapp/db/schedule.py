"""When each periodic job runs next; in the database, so that no tick is lost or doubled.

The schedule itself is in `jobs.schedule`; `sync_entries` makes the table equal to it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Interval, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.db.base import Model


class ScheduleEntry(Model):
    __tablename__ = "schedule_entries"

    name: Mapped[str] = mapped_column(primary_key=True)
    job: Mapped[str]
    interval: Mapped[timedelta] = mapped_column(Interval)
    next_run_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PlannedEntry(NamedTuple):
    job: str
    interval: timedelta
    first_after: timedelta = timedelta()
    """How long after it is new it runs for the first time."""


def sync_entries(session: Session, entries: Mapping[str, PlannedEntry]) -> None:
    """Make the table equal to `entries`: changed ones keep their next run, unless that is later
    than one of their intervals from now; others are deleted."""
    for name, (job, interval, first_after) in entries.items():
        session.execute(
            insert(ScheduleEntry)
            .values(
                name=name,
                job=job,
                interval=interval,
                next_run_at=func.now() + first_after,
            )
            .on_conflict_do_update(
                index_elements=[ScheduleEntry.name],
                set_={
                    "job": job,
                    "interval": interval,
                    "next_run_at": func.least(
                        ScheduleEntry.next_run_at, func.now() + interval
                    ),
                },
            )
        )
    session.execute(delete(ScheduleEntry).where(ScheduleEntry.name.not_in(entries)))


def claim_due(session: Session, *, now: datetime) -> Sequence[str]:
    """Return the jobs to enqueue in this transaction, and advance the next run of each entry.

    Runs missed while no cron process was running are made up for once, not one by one.
    """
    due = session.scalars(
        select(ScheduleEntry)
        .where(ScheduleEntry.next_run_at <= now)
        .with_for_update(skip_locked=True)
    ).all()
    for entry in due:
        missed = (now - entry.next_run_at) // entry.interval
        entry.next_run_at += (missed + 1) * entry.interval
    return [entry.job for entry in due]


def find_next_run_at(session: Session) -> datetime | None:
    return session.scalar(select(func.min(ScheduleEntry.next_run_at)))
