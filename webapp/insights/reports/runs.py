"""Runs of reports: each time that one is due it is computed once, and mailed once a recipient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from webapp.db.outbox import enqueue
from webapp.insights.reports import repository, service
from webapp.insights.reports.definition import ReportDefinition, SavedQuestions
from webapp.insights.reports.document import ReportAlert, ReportDocument
from webapp.insights.reports.errors import (
    ReportUnreadable,
    RunNotFound,
    RunNotRepeatable,
)
from webapp.insights.reports.models import (
    MailStatus,
    Report,
    ReportDelivery,
    ReportRun,
    RunStatus,
)
from webapp.insights.reports.schedules import iterate_due_times
from webapp.kit import paging
from webapp.kit.paging import Page

CLAIM_SIZE = 50
LATE_AFTER = timedelta(minutes=30)
"""How long after it was due a run is marked as late."""
MAX_CAUGHT_UP = 31
"""Missed times of a report that are caught up: a month of days. Of an alert, only the last."""
MAX_RECORDED = 1_000
"""Missed times of one report that are recorded at once; earlier ones are left out."""


@dataclass(frozen=True)
class DueRun:
    """What a run is computed from."""

    run_id: UUID
    report_id: UUID
    definition: ReportDefinition
    saved_questions: SavedQuestions
    due_at: datetime
    is_late: bool
    creator_id: UUID | None


@dataclass(frozen=True)
class RunWithDeliveries:
    run: ReportRun
    deliveries: Sequence[tuple[ReportDelivery, str | None]]


def start_due_runs(session: Session, *, now: datetime, shop_zone: ZoneInfo) -> int:
    """Start a run for each time that a report has been due, those that were missed included;
    return how many reports were due."""
    reports = repository.claim_due_reports(session, now=now, limit=CLAIM_SIZE)
    for report in reports:
        definition = _read_or_pause(session, report)
        if definition is not None:
            _start_runs(session, report, definition, now=now, shop_zone=shop_zone)
    return len(reports)


def _read_or_pause(session: Session, report: Report) -> ReportDefinition | None:
    """`None` for a report that is paused here: its creator has no access any more, or what was
    saved cannot be read any more, which is no reason for another report to wait."""
    if not service.is_accessible(session, report):
        service.pause_without_access(session, report)
        return None
    try:
        return service.read_definition(report)
    except ReportUnreadable as error:
        service.pause_unreadable(session, report, error)
        return None


def _start_runs(
    session: Session,
    report: Report,
    definition: ReportDefinition,
    *,
    now: datetime,
    shop_zone: ZoneInfo,
) -> None:
    zone = definition.choose_zone(shop_zone=shop_zone)
    due_times = _list_due_times(report, definition, now=now, zone=zone)
    is_alert = definition.condition is not None
    caught_up = due_times[-1:] if is_alert else due_times[-MAX_CAUGHT_UP:]
    for due_at in due_times:
        status = RunStatus.PENDING if due_at in caught_up else RunStatus.MISSED
        run_id = repository.insert_run(
            session,
            report_id=report.id,
            due_at=due_at,
            status=status,
            is_late=now - due_at > LATE_AFTER,
        )
        if run_id is not None and status is RunStatus.PENDING:
            enqueue(session, "reports.run", run_id=run_id)
    service.plan_next(session, report, now=now, shop_zone=shop_zone)


def _list_due_times(
    report: Report, definition: ReportDefinition, *, now: datetime, zone: ZoneInfo
) -> list[datetime]:
    """From when it was planned until now, the latest `MAX_RECORDED` of them."""
    first = report.next_due_at
    if first is None:
        return []
    due_times = [first]
    for due_at in iterate_due_times(definition.schedule, after=first, zone=zone):
        if due_at > now:
            break
        due_times.append(due_at)
    return due_times[-MAX_RECORDED:]


def run_now(session: Session, *, report_id: UUID, now: datetime) -> RunWithDeliveries:
    """Start a run for the recipients, as if it were due now. Raises `ReportNotFound` and
    `ReportUnreadable`."""
    report = service.require_report(session, report_id=report_id)
    service.read_definition(report)
    run_id = repository.insert_run(
        session, report_id=report.id, due_at=now, is_manual=True
    )
    if run_id is None:
        raise RunNotRepeatable(RunStatus.PENDING)
    enqueue(session, "reports.run", run_id=run_id)
    return read_run(session, report_id=report_id, run_id=run_id)


def repeat_run(session: Session, *, report_id: UUID, run_id: UUID) -> RunWithDeliveries:
    """Catch up a run that was missed or canceled. Raises `RunNotFound`, `RunNotRepeatable` and
    `ReportUnreadable`."""
    run = _require_run(session, report_id=report_id, run_id=run_id, locked=True)
    if run.status not in {RunStatus.MISSED, RunStatus.CANCELED}:
        raise RunNotRepeatable(run.status)
    report = service.require_report(session, report_id=report_id)
    service.read_definition(report)
    run.status = RunStatus.PENDING
    run.problem = None
    run.is_late = True
    enqueue(session, "reports.run", run_id=run_id)
    return read_run(session, report_id=report_id, run_id=run_id)


def _require_run(
    session: Session, *, report_id: UUID, run_id: UUID, locked: bool = False
) -> ReportRun:
    run = repository.find_run(session, run_id, locked=locked)
    if run is None or run.report_id != report_id:
        raise RunNotFound(run_id)
    return run


def read_run(session: Session, *, report_id: UUID, run_id: UUID) -> RunWithDeliveries:
    """Raises `RunNotFound`."""
    session.flush()
    run = _require_run(session, report_id=report_id, run_id=run_id)
    deliveries = repository.list_deliveries(session, [run_id])[run_id]
    return RunWithDeliveries(run, deliveries)


def list_runs(
    session: Session, *, report_id: UUID, limit: int, last_key: str | None = None
) -> Page[RunWithDeliveries]:
    """The latest first. Raises `ReportNotFound`."""
    service.require_report(session, report_id=report_id)
    rows = repository.list_runs(
        session,
        report_id=report_id,
        before=paging.decode_time_and_id(last_key) if last_key else None,
        limit=limit + 1,
    )
    page = paging.cut_page(rows, limit=limit, key=_build_sort_key)
    deliveries = repository.list_deliveries(session, [row.id for row in page.items])
    items = [RunWithDeliveries(row, deliveries[row.id]) for row in page.items]
    return Page(items, page.last_key)


def _build_sort_key(run: ReportRun) -> paging.SortKey:
    return [run.due_at.isoformat(), str(run.id)]


def load_due_run(session: Session, *, run_id: UUID) -> DueRun | None:
    """`None` where there is nothing to compute: its report is deleted or paused, has lost its
    creator or cannot be read any more, for which it is paused here; or it is computed already."""
    run = repository.find_run(session, run_id)
    if run is None or run.status != RunStatus.PENDING:
        return None
    report = service.require_report(session, report_id=run.report_id, locked=True)
    definition = _read_or_pause(session, report)
    if definition is None:
        return None
    return DueRun(
        run_id=run.id,
        report_id=report.id,
        definition=definition,
        saved_questions=service.load_saved_questions(session, definition),
        due_at=run.due_at,
        is_late=run.is_late,
        creator_id=report.creator_id,
    )


def list_known_rows(session: Session, *, run_id: UUID) -> Sequence[str]:
    """Those that met the condition of an alert the time before a run."""
    run = repository.find_run(session, run_id)
    return [] if run is None else _list_rows_before(session, run)


def conclude_run(
    session: Session,
    *,
    run_id: UUID,
    document: ReportDocument,
    files: Sequence[str],
    now: datetime,
) -> None:
    """Record what was computed, and enqueue one mail a recipient. An alert is mailed where a row
    meets its condition that did not the time before."""
    run = repository.find_run(session, run_id, locked=True)
    if run is None or run.status != RunStatus.PENDING:
        return
    report = service.require_report(session, report_id=run.report_id, locked=True)
    alert = document.alert
    is_mailed = alert is None or _is_news(session, run, alert)
    run.status = RunStatus.COMPUTED if is_mailed else RunStatus.QUIET
    run.problem = None if alert is None else alert.problem
    run.first_day = date.fromisoformat(document.first_day)
    run.last_day = date.fromisoformat(document.last_day)
    run.computed_at = now
    # Another attempt may have begun before the run was caught up: what is mailed counts.
    run.is_late = document.is_late
    run.files = list(files)
    run.met_by = None if alert is None or alert.problem else alert.met
    if is_mailed:
        _enqueue_mails(session, report.id, run.id)


def _is_news(session: Session, run: ReportRun, alert: ReportAlert) -> bool:
    """Whether a row has begun to meet the condition, or it is not known any more whether one
    does."""
    if repository.has_later_judged(session, run):
        return False
    if alert.problem is None:
        return bool(set(alert.met) - set(_list_rows_before(session, run)))
    before = repository.find_alert_before(session, run)
    return before is None or before.problem is None


def _list_rows_before(session: Session, run: ReportRun) -> Sequence[str]:
    before = repository.find_judged_before(session, run)
    return [] if before is None else before.met_by or []


def _enqueue_mails(session: Session, report_id: UUID, run_id: UUID) -> None:
    recipients = repository.list_recipients(session, [report_id])[report_id]
    delivery_ids = repository.insert_deliveries(
        session, run_id=run_id, customer_ids=service.list_admin_ids(recipients)
    )
    for delivery_id in delivery_ids:
        enqueue(session, "reports.mail", delivery_id=delivery_id)


def mark_sent(session: Session, *, delivery_id: UUID, now: datetime) -> None:
    _set_state(session, delivery_id, MailStatus.SENT, sent_at=now)


def mark_rejected(session: Session, *, delivery_id: UUID, reason: str) -> None:
    _set_state(session, delivery_id, MailStatus.REJECTED, problem=reason)


def record_mail_problem(session: Session, *, delivery_id: UUID, reason: str) -> None:
    """Of a mail that will be tried again."""
    _set_state(session, delivery_id, MailStatus.PENDING, problem=reason)


def skip_delivery(session: Session, *, delivery_id: UUID, reason: str) -> None:
    _set_state(session, delivery_id, MailStatus.SKIPPED, problem=reason)


def _set_state(
    session: Session,
    delivery_id: UUID,
    status: MailStatus,
    *,
    problem: str | None = None,
    sent_at: datetime | None = None,
) -> None:
    delivery = repository.find_delivery(session, delivery_id)
    if delivery is not None:
        delivery.status = status
        delivery.problem = problem
        delivery.sent_at = sent_at


def record_problem(session: Session, *, run_id: UUID, problem: str) -> None:
    """Of a run that will be tried again."""
    repository.record_problem(session, run_id, problem=problem)


def cancel_run(session: Session, *, run_id: UUID, problem: str) -> None:
    """It is not tried again by itself."""
    repository.record_problem(
        session, run_id, problem=problem, status=RunStatus.CANCELED
    )


def list_expired_runs(session: Session, *, before: datetime) -> Sequence[ReportRun]:
    return repository.list_expired_runs(session, before=before, limit=CLAIM_SIZE)


def delete_runs(session: Session, run_ids: Sequence[UUID]) -> None:
    repository.delete_runs(session, run_ids)
