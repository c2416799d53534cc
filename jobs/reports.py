"""Scheduled reports: what is due is started, computed on Ray, and mailed."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from jobs.context import JobContext
from jobs.notifications import send_or_reject
from webapp.adapters.analytics.port import ReportFormat, ReportTooLarge
from webapp.adapters.mail.port import Mail
from webapp.bootstrap import Runtime
from webapp.insights.reports import runs, stored_files
from webapp.insights.reports.alerts import describe_alert
from webapp.insights.reports.computation import SHOP_ID, compute_report
from webapp.insights.reports.mails import build_report_mail, load_report_mail
from webapp.insights.reports.runs import DueRun
from webapp.insights.reports.stored_files import StoredRun
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError, Unavailable


def start_due(runtime: Runtime, context: JobContext) -> None:
    """Start what is due, as many reports at a time as one claim takes."""
    zone = ZoneInfo(runtime.settings.time_zone)
    while True:
        with runtime.db.unit_of_work() as session:
            if not runs.start_due_runs(session, now=utc_now(), shop_zone=zone):
                break
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)


def run(runtime: Runtime, context: JobContext, *, run_id: str) -> None:
    """Compute a run, store its files, and enqueue its mails. What is too large to be rendered is
    canceled, and can be caught up once the report is smaller."""
    row_id = UUID(run_id)
    with runtime.db.unit_of_work() as session:
        due = runs.load_due_run(session, run_id=row_id)
    if due is None:
        with runtime.db.unit_of_work() as session:
            context.mark_done(session)
        return
    try:
        _compute_run(runtime, context, due)
    except ReportTooLarge as error:
        with runtime.db.unit_of_work() as session:
            runs.cancel_run(session, run_id=row_id, problem=error.message)
        raise
    except CommerceError as error:
        with runtime.db.unit_of_work() as session:
            runs.record_problem(session, run_id=row_id, problem=error.message)
        raise


def _compute_run(runtime: Runtime, context: JobContext, due: DueRun) -> None:
    document = compute_report(
        runtime.analytics,
        due.definition,
        due.saved_questions,
        due_at=due.due_at,
        is_late=due.is_late,
        shop_zone=ZoneInfo(runtime.settings.time_zone),
        week_start=runtime.settings.week_start,
        caller_id=due.creator_id,
    )
    with runtime.db.unit_of_work() as session:
        known = runs.list_known_rows(session, run_id=due.run_id)
    document = describe_alert(due.definition, document, known=known)
    rendered = runtime.analytics.render_report(
        document.model_dump(mode="json"),
        [ReportFormat(each) for each in due.definition.formats],
        caller_id=due.creator_id or SHOP_ID,
    )
    folder = StoredRun(runtime.storage, due.report_id, due.run_id)
    files = folder.write_report(document, rendered)
    with runtime.db.unit_of_work() as session:
        runs.conclude_run(
            session,
            run_id=due.run_id,
            document=document,
            files=files,
            now=utc_now(),
        )
        context.mark_done(session)


def send_mail(runtime: Runtime, context: JobContext, *, delivery_id: str) -> None:
    """Send a run to one recipient; an address that accepts none is recorded as rejected."""
    row_id = UUID(delivery_id)
    with runtime.db.unit_of_work() as session:
        due = load_report_mail(session, delivery_id=row_id)
    mail = rejection = None
    if due is not None:
        mail = build_report_mail(
            due,
            runtime.storage,
            site=runtime.settings.site,
            secret=runtime.settings.require_jwt_secret(),
        )
        rejection = _send_mail(runtime, mail, row_id)
    with runtime.db.unit_of_work() as session:
        if rejection is not None:
            runs.mark_rejected(session, delivery_id=row_id, reason=rejection)
        elif mail is not None:
            runs.mark_sent(session, delivery_id=row_id, now=utc_now())
        context.mark_done(session)


def _send_mail(runtime: Runtime, mail: Mail, delivery_id: UUID) -> str | None:
    """Send a mail; return the reason if it was rejected for good. Records why it waits."""
    try:
        return send_or_reject(runtime, mail)
    except Unavailable as error:
        with runtime.db.unit_of_work() as session:
            runs.record_mail_problem(
                session, delivery_id=delivery_id, reason=error.message
            )
        raise


def delete_files(runtime: Runtime, context: JobContext, *, report_id: str) -> None:
    """Of a report that was deleted."""
    stored_files.delete_files(
        runtime.storage, stored_files.name_folder(UUID(report_id))
    )
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)


def delete_expired(runtime: Runtime, context: JobContext) -> None:
    """Runs older than `REPORT_RETENTION_DAYS`, with their files: those first, as a run without
    files is found again, and files without a run are not."""
    before = utc_now() - timedelta(days=runtime.settings.report_retention_days)
    while True:
        with runtime.db.unit_of_work() as session:
            expired = runs.list_expired_runs(session, before=before)
        if not expired:
            break
        for each in expired:
            folder = StoredRun(runtime.storage, each.report_id, each.id).path
            stored_files.delete_files(runtime.storage, folder)
        with runtime.db.unit_of_work() as session:
            runs.delete_runs(session, [each.id for each in expired])
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)
