from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jobs.cron import enqueue_at_start, sync_schedule, tick
from jobs.registry import JOBS
from jobs.schedule import EXPORT_ENTRY, EXPORT_JOB, SCHEDULE, build_schedule
from webapp.config import Settings
from webapp.db import schedule
from webapp.db.outbox import OutboxMessage
from webapp.db.schedule import PlannedEntry, ScheduleEntry
from webapp.kit.clock import utc_now

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURLY = {"hourly": PlannedEntry("housekeeping.forget", timedelta(hours=1))}


def set_next_run_at(session: Session, time: datetime) -> None:
    session.execute(update(ScheduleEntry).values(next_run_at=time))
    session.expire_all()


def test_the_table_becomes_equal_to_the_list(session: Session) -> None:
    schedule.sync_entries(
        session, {"old": PlannedEntry("gone", timedelta(days=1)), **HOURLY}
    )

    sync_schedule(session, SCHEDULE)

    names = set(session.scalars(select(ScheduleEntry.name)))
    assert names == set(SCHEDULE)


def test_a_run_is_claimed_once_and_the_next_one_stays_on_schedule(
    session: Session,
) -> None:
    schedule.sync_entries(session, HOURLY)
    set_next_run_at(session, NOON)

    assert schedule.claim_due(session, now=NOON + timedelta(minutes=3)) == [
        "housekeeping.forget"
    ]
    assert schedule.claim_due(session, now=NOON + timedelta(minutes=3)) == []
    assert schedule.find_next_run_at(session) == NOON + timedelta(hours=1)


def test_missed_runs_are_made_up_for_once(session: Session) -> None:
    schedule.sync_entries(session, HOURLY)
    set_next_run_at(session, NOON)

    late = NOON + timedelta(hours=5, minutes=1)

    assert schedule.claim_due(session, now=late) == ["housekeeping.forget"]
    assert schedule.find_next_run_at(session) == NOON + timedelta(hours=6)


def test_syncing_again_does_not_move_the_next_run(session: Session) -> None:
    schedule.sync_entries(session, HOURLY)
    set_next_run_at(session, NOON)

    schedule.sync_entries(session, HOURLY)

    assert schedule.find_next_run_at(session) == NOON


def enqueued_jobs(session: Session) -> list[str]:
    """In their order."""
    statement = select(OutboxMessage.job).order_by(OutboxMessage.id)
    return list(session.scalars(statement))


def test_a_job_with_an_open_message_is_not_enqueued_again(session: Session) -> None:
    schedule.sync_entries(session, HOURLY)
    for hours in (3, 2, 1):
        set_next_run_at(session, utc_now() - timedelta(hours=hours))
        tick(session)
    assert enqueued_jobs(session) == ["housekeeping.forget"]

    session.execute(update(OutboxMessage).values(done_at=func.now()))
    set_next_run_at(session, utc_now())
    tick(session)

    assert enqueued_jobs(session) == ["housekeeping.forget"] * 2


def test_the_search_index_and_due_reports_are_checked_at_every_start(
    session: Session,
) -> None:
    """A new version may index otherwise: searches would wait for the next check. Reports may have
    been missed meanwhile."""
    sync_schedule(session, SCHEDULE)
    set_next_run_at(session, utc_now() + timedelta(minutes=14))

    for _ in range(2):
        enqueue_at_start(session, SCHEDULE)
        tick(session)

    assert enqueued_jobs(session) == ["search.heal", "reports.start_due"]


def find_next_export(session: Session) -> datetime | None:
    return session.scalar(
        select(ScheduleEntry.next_run_at).where(ScheduleEntry.name == EXPORT_ENTRY)
    )


def test_the_dataset_is_exported_after_a_day_and_not_at_the_first_start(
    session: Session,
) -> None:
    periodics = build_schedule(Settings())
    sync_schedule(session, periodics)
    enqueue_at_start(session, periodics)
    tick(session)

    assert EXPORT_JOB in JOBS
    assert EXPORT_JOB not in enqueued_jobs(session)
    assert find_next_export(session) == session.scalar(
        select(func.now() + timedelta(hours=24))
    )


def test_a_shorter_interval_counts_from_now(session: Session) -> None:
    sync_schedule(session, build_schedule(Settings(dataset_export_hours=168)))
    sync_schedule(session, build_schedule(Settings(dataset_export_hours=2)))

    assert find_next_export(session) == session.scalar(
        select(func.now() + timedelta(hours=2))
    )


def test_the_export_may_be_left_to_people(session: Session) -> None:
    sync_schedule(session, build_schedule(Settings()))
    sync_schedule(session, build_schedule(Settings(dataset_export_hours=0)))

    assert find_next_export(session) is None
    assert set(session.scalars(select(ScheduleEntry.name))) == set(SCHEDULE)
