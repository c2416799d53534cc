"""Reports for admins: what is computed on a schedule and mailed, and what each run came to."""

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response

from webapp.adapters.mail.port import choose_media_type
from webapp.http.access import Access, current_customer_id
from webapp.http.api import Api, Idempotency, Media, send_download
from webapp.http.context import reading_session, runtime, transaction
from webapp.http.schemas import ListQuery, ListView
from webapp.http.security_headers import REPORT_POLICY, build_page
from webapp.insights.reports import restatements, runs, service
from webapp.insights.reports.alerts import describe_alert
from webapp.insights.reports.computation import compute_report
from webapp.insights.reports.definition import ReportDefinition, SavedQuestions
from webapp.insights.reports.document import ReportDocument
from webapp.insights.reports.errors import (
    NotComputed,
    RunFileNotFound,
    VersionOfNewReport,
)
from webapp.insights.reports.pages import render_page
from webapp.insights.reports.restatements import Restatement
from webapp.insights.reports.runs import RunWithDeliveries
from webapp.insights.reports.schemas import (
    FileQuery,
    ReportBody,
    ReportView,
    RunView,
)
from webapp.insights.reports.service import DefinedReport
from webapp.insights.reports.stored_files import StoredRun
from webapp.kit.clock import utc_now

api = Api("Reports", prefix="/admin/reports")
PAGE = Media("text/html", max_bytes=0)
FILE = Media(
    "application/octet-stream",
    max_bytes=0,
    schema={"type": "string", "format": "binary"},
    also=("application/*", "text/csv"),
)


@api.get("", access=Access.ADMIN, query=ListQuery, returns=ListView[ReportView])
def list_reports(query: ListQuery) -> ListView[ReportView]:
    """Reports, newest first."""
    with reading_session() as session:
        page = service.list_reports(session, limit=query.limit, last_key=query.last_key)
    return ListView[ReportView](
        items=list(map(_build_view, page.items)), last_key=page.last_key
    )


@api.post("", access=Access.ADMIN, body=ReportBody, returns={201: ReportView})
def create_report(body: ReportBody) -> tuple[ReportView, int]:
    """Create a report: sections of figures, computed when its schedule is due, and mailed.

    Each section is an `AnalyticsQuery`, an analysis, or a saved question, which is asked as it is
    at each run; those without a window are of the report's `period`, seen from when it is due.
    Recipients are admins. With a `condition` it is an alert, which is mailed once when a row begins
    to meet it. What is missed, as the shop was down, is caught up, and marked late.
    """
    if body.version is not None:
        raise VersionOfNewReport
    with transaction() as session:
        defined = service.create_report(
            session,
            draft=body.to_draft(),
            creator_id=current_customer_id(),
            now=utc_now(),
            shop_zone=_shop_zone(),
        )
        return _build_view(defined), 201


@api.post(
    "/preview",
    access=Access.ADMIN,
    body=ReportBody,
    returns=PAGE,
    errors=(422, 503),
    idempotency=Idempotency.NONE,
)
def preview_report(body: ReportBody) -> Response:
    """Compute a report as if it were due now, and show what its mail would: nothing is stored, and
    nobody is mailed."""
    definition = body.to_definition()
    with reading_session() as session:
        saved = service.check_report(session, definition, shop_zone=_shop_zone())
        service.find_recipients(session, body.recipients)
    document = _compute_now(definition, saved)
    rendered = runtime().analytics.render_report(
        document.model_dump(mode="json"), [], caller_id=current_customer_id()
    )
    return build_page(render_page(document, rendered), REPORT_POLICY)


@api.get("/<uuid:report_id>", access=Access.ADMIN, returns=ReportView, errors=(404,))
def show_report(report_id: UUID) -> ReportView:
    """A report, with its recipients."""
    with reading_session() as session:
        return _build_view(service.read_report(session, report_id=report_id))


@api.put(
    "/<uuid:report_id>",
    access=Access.ADMIN,
    body=ReportBody,
    returns=ReportView,
    errors=(404, 409),
)
def change_report(report_id: UUID, body: ReportBody) -> ReportView:
    """Change a report. Runs that were computed stay as they are; a recipient who has stopped it
    stays so, unless that is the caller."""
    with transaction() as session:
        defined = service.change_report(
            session,
            report_id=report_id,
            draft=body.to_draft(),
            version=body.version,
            caller_id=current_customer_id(),
            now=utc_now(),
            shop_zone=_shop_zone(),
        )
        return _build_view(defined)


@api.delete("/<uuid:report_id>", access=Access.ADMIN, errors=(404,))
def delete_report(report_id: UUID) -> None:
    """Delete a report with its history and its files."""
    with transaction() as session:
        service.delete_report(session, report_id=report_id)


@api.post(
    "/<uuid:report_id>/pause", access=Access.ADMIN, returns=ReportView, errors=(404,)
)
def pause_report(report_id: UUID) -> ReportView:
    """Pause a report: what falls due meanwhile is not sent, nor is what waits to be computed."""
    return _set_paused(report_id, is_paused=True)


@api.post(
    "/<uuid:report_id>/resume",
    access=Access.ADMIN,
    returns=ReportView,
    errors=(404, 409),
)
def resume_report(report_id: UUID) -> ReportView:
    """Resume a report, from the next time that it is due. Where its creator is no admin any more,
    the caller becomes its creator."""
    return _set_paused(report_id, is_paused=False)


def _set_paused(report_id: UUID, *, is_paused: bool) -> ReportView:
    with transaction() as session:
        defined = service.set_paused(
            session,
            report_id=report_id,
            is_paused=is_paused,
            caller_id=current_customer_id(),
            now=utc_now(),
            shop_zone=_shop_zone(),
        )
        return _build_view(defined)


@api.post(
    "/<uuid:report_id>/runs",
    access=Access.ADMIN,
    returns={202: RunView},
    errors=(404, 409),
)
def start_run(report_id: UUID) -> tuple[RunView, int]:
    """Run a report now, and mail it to its recipients; its schedule stays. The run shows how it
    goes."""
    with transaction() as session:
        loaded = runs.run_now(session, report_id=report_id, now=utc_now())
        return RunView.from_run(loaded), 202


@api.get(
    "/<uuid:report_id>/runs",
    access=Access.ADMIN,
    query=ListQuery,
    returns=ListView[RunView],
    errors=(404,),
)
def list_runs(report_id: UUID, query: ListQuery) -> ListView[RunView]:
    """The runs of a report, the latest first: what was computed, who was mailed, and what went
    wrong."""
    with reading_session() as session:
        page = runs.list_runs(
            session, report_id=report_id, limit=query.limit, last_key=query.last_key
        )
    return ListView[RunView](
        items=list(map(RunView.from_run, page.items)), last_key=page.last_key
    )


@api.get(
    "/<uuid:report_id>/runs/<uuid:run_id>",
    access=Access.ADMIN,
    returns=RunView,
    errors=(404,),
)
def show_run(report_id: UUID, run_id: UUID) -> RunView:
    """One run."""
    return RunView.from_run(_read_run(report_id, run_id))


@api.post(
    "/<uuid:report_id>/runs/<uuid:run_id>/catch-up",
    access=Access.ADMIN,
    returns={202: RunView},
    errors=(404, 409),
)
def catch_up_run(report_id: UUID, run_id: UUID) -> tuple[RunView, int]:
    """Compute and mail a run that was missed or canceled; it is marked late."""
    with transaction() as session:
        loaded = runs.repeat_run(session, report_id=report_id, run_id=run_id)
        return RunView.from_run(loaded), 202


@api.get(
    "/<uuid:report_id>/runs/<uuid:run_id>/document",
    access=Access.ADMIN,
    returns=ReportDocument,
    errors=(404, 409),
)
def show_document(report_id: UUID, run_id: UUID) -> ReportDocument:
    """The figures of a run, as they were computed."""
    return _open_folder(report_id, run_id).read_document()


@api.get(
    "/<uuid:report_id>/runs/<uuid:run_id>/page",
    access=Access.ADMIN,
    returns=PAGE,
    errors=(404, 409),
)
def show_page(report_id: UUID, run_id: UUID) -> Response:
    """A run as its mail showed it."""
    folder = _open_folder(report_id, run_id)
    page = render_page(folder.read_document(), folder.read_mail())
    return build_page(page, REPORT_POLICY)


@api.get(
    "/<uuid:report_id>/runs/<uuid:run_id>/file",
    access=Access.ADMIN,
    query=FileQuery,
    returns=FILE,
    errors=(404, 409),
)
def download_file(report_id: UUID, run_id: UUID, query: FileQuery) -> Response:
    """One of the files of a run, by its name."""
    loaded = _read_run(report_id, run_id)
    if query.name not in loaded.run.files:
        raise RunFileNotFound(query.name, files=loaded.run.files)
    file = _open_folder(report_id, run_id).read_file(query.name)
    return send_download(
        file.content, choose_media_type(file.name), file_name=file.name
    )


@api.get(
    "/<uuid:report_id>/runs/<uuid:run_id>/restatement",
    access=Access.ADMIN,
    returns=Restatement,
    errors=(404, 409, 503),
)
def show_restatement(report_id: UUID, run_id: UUID) -> Restatement:
    """Which totals of a run would be others today: of orders that were refunded, canceled or
    recorded since. The run itself stays as it was sent."""
    document = _open_folder(report_id, run_id).read_document()
    return restatements.compare_with_now(
        runtime().analytics, document, caller_id=current_customer_id()
    )


def _read_run(report_id: UUID, run_id: UUID) -> RunWithDeliveries:
    with reading_session() as session:
        return runs.read_run(session, report_id=report_id, run_id=run_id)


def _open_folder(report_id: UUID, run_id: UUID) -> StoredRun:
    """Raises `NotComputed` for a run that has no files yet."""
    run = _read_run(report_id, run_id).run
    if run.computed_at is None:
        raise NotComputed(run.status)
    return StoredRun(runtime().storage, report_id, run_id)


def _compute_now(definition: ReportDefinition, saved: SavedQuestions) -> ReportDocument:
    document = compute_report(
        runtime().analytics,
        definition,
        saved,
        due_at=utc_now(),
        is_late=False,
        shop_zone=_shop_zone(),
        week_start=runtime().settings.week_start,
        caller_id=current_customer_id(),
    )
    return describe_alert(definition, document, known=())


def _build_view(defined: DefinedReport) -> ReportView:
    return ReportView.from_defined(defined, shop_zone=runtime().settings.time_zone)


def _shop_zone() -> ZoneInfo:
    return ZoneInfo(runtime().settings.time_zone)
