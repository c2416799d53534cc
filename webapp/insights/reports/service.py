"""Reports of figures: what admins define, pause and receive."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy.orm import Session

from webapp.accounts.service import normalize_email
from webapp.db.outbox import enqueue
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.reports import repository
from webapp.insights.reports.definition import (
    ReferredQuestion,
    ReportDefinition,
    SavedQuestions,
)
from webapp.insights.reports.document import SavedQuestionReference
from webapp.insights.reports.errors import (
    NotRecipients,
    ReportChanged,
    ReportNotFound,
    ReportUnreadable,
)
from webapp.insights.reports.models import Report
from webapp.insights.reports.repository import RecipientRow
from webapp.insights.reports.schedules import find_next_due
from webapp.insights.reports.validation import check_definition
from webapp.insights.saved_questions import service as saved_questions
from webapp.insights.saved_questions.models import SavedQuestion
from webapp.kit import paging
from webapp.kit.ids import new_id
from webapp.kit.json import describe_validation_error
from webapp.kit.paging import Page
from webapp.notifications.event_data import PauseCause
from webapp.notifications.events import EventName
from webapp.orders import service as orders


@dataclass(frozen=True)
class ReportDraft:
    """The wanted state of a report."""

    definition: ReportDefinition
    recipients: Sequence[str]
    """E-mail addresses of admins."""
    is_paused: bool = False


@dataclass(frozen=True)
class DefinedReport:
    report: Report
    definition: ReportDefinition | ReportUnreadable
    recipients: Sequence[RecipientRow]


def read_definition(report: Report) -> ReportDefinition:
    """Raises `ReportUnreadable`."""
    try:
        return ReportDefinition.model_validate(report.definition)
    except ValidationError as error:
        raise ReportUnreadable(describe_validation_error(error)) from error


def _describe_report(
    report: Report, recipients: Sequence[RecipientRow]
) -> DefinedReport:
    try:
        return DefinedReport(report, read_definition(report), recipients)
    except ReportUnreadable as error:
        return DefinedReport(report, error, recipients)


def load_saved_questions(
    session: Session, definition: ReportDefinition, *, locked: bool = False
) -> SavedQuestions:
    """Those that its sections refer to, as they are now; `locked`, none of them is deleted before
    this transaction ends."""
    found = saved_questions.find_questions(
        session, definition.saved_question_ids, locked=locked
    )
    return {saved.id: _refer_question(saved) for saved in found}


def _refer_question(saved: SavedQuestion) -> ReferredQuestion:
    reference = SavedQuestionReference(
        question_id=saved.id, name=saved.name, version=saved.version
    )
    try:
        return ReferredQuestion(reference, saved_questions.read_question(saved.body))
    except ImpossibleQuery as error:
        return ReferredQuestion(reference, error)


def check_report(
    session: Session,
    definition: ReportDefinition,
    *,
    shop_zone: ZoneInfo,
    locked: bool = False,
) -> SavedQuestions:
    """Returns the saved questions that it shows. Raises `ImpossibleQuery` and `BadWindow`."""
    saved = load_saved_questions(session, definition, locked=locked)
    for section in definition.sections:
        question_id = section.saved_question_id
        if question_id is not None and question_id not in saved:
            raise ImpossibleQuery(
                f"{section.heading}: there is no saved question {question_id}",
                possible=saved_questions.list_possible(session),
            )
    check_definition(
        definition,
        saved,
        shop_zone=shop_zone,
        list_currencies=partial(orders.list_currencies, session),
    )
    return saved


def create_report(
    session: Session,
    *,
    draft: ReportDraft,
    creator_id: UUID,
    now: datetime,
    shop_zone: ZoneInfo,
) -> DefinedReport:
    """Raises `ImpossibleQuery` and `NotRecipients`."""
    report = Report(id=new_id(), creator_id=creator_id)
    _apply_draft(session, report, draft, shop_zone=shop_zone)
    session.add(report)
    session.flush()
    _choose_recipients(session, report, draft.recipients, caller_id=creator_id)
    plan_next(session, report, now=now, shop_zone=shop_zone)
    return _load_defined(session, report)


def change_report(
    session: Session,
    *,
    report_id: UUID,
    draft: ReportDraft,
    version: int | None,
    caller_id: UUID,
    now: datetime,
    shop_zone: ZoneInfo,
) -> DefinedReport:
    """Whoever resumes a report that has lost its creator becomes its creator.

    Raises `ReportNotFound`, `ReportChanged` for another `version`, `ImpossibleQuery` and
    `NotRecipients`.
    """
    report = require_report(session, report_id=report_id, locked=True)
    if version is not None and version != report.version:
        raise ReportChanged(report.version)
    _apply_draft(session, report, draft, shop_zone=shop_zone)
    report.version += 1
    if not draft.is_paused and not is_accessible(session, report):
        report.creator_id = caller_id
    _choose_recipients(session, report, draft.recipients, caller_id=caller_id)
    plan_next(session, report, now=now, shop_zone=shop_zone)
    return _load_defined(session, report)


def _apply_draft(
    session: Session, report: Report, draft: ReportDraft, *, shop_zone: ZoneInfo
) -> None:
    check_report(session, draft.definition, shop_zone=shop_zone, locked=True)
    report.name = draft.definition.name
    report.definition = draft.definition.model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    report.is_paused = draft.is_paused
    report.pause_reason = None


def _choose_recipients(
    session: Session, report: Report, addresses: Sequence[str], *, caller_id: UUID
) -> None:
    found = find_recipients(session, addresses)
    repository.replace_recipients(session, report_id=report.id, customer_ids=found)
    own = repository.find_recipient(session, report_id=report.id, customer_id=caller_id)
    if own is not None and caller_id in found:
        own.unsubscribed_at = None
    session.flush()


def find_recipients(session: Session, addresses: Sequence[str]) -> Collection[UUID]:
    """The accounts of the addresses, which are those of admins. Raises `NotRecipients`."""
    wanted = {normalize_email(address): address for address in addresses}
    found = {
        customer.email: customer.id
        for customer in repository.find_admins_by_email(session, wanted.keys())
    }
    if missing := [wanted[key] for key in wanted if key not in found]:
        raise NotRecipients(missing)
    return found.values()


def plan_next(
    session: Session, report: Report, *, now: datetime, shop_zone: ZoneInfo
) -> None:
    """Set when it is due next: never, while it is paused or nobody receives it. Raises
    `ReportUnreadable`."""
    if report.is_paused or not repository.has_subscriber(session, report.id):
        report.next_due_at = None
        return
    definition = read_definition(report)
    zone = definition.choose_zone(shop_zone=shop_zone)
    report.next_due_at = find_next_due(definition.schedule, after=now, zone=zone)


def set_paused(
    session: Session,
    *,
    report_id: UUID,
    is_paused: bool,
    caller_id: UUID,
    now: datetime,
    shop_zone: ZoneInfo,
) -> DefinedReport:
    """What was due while it was paused is not caught up. Raises `ReportNotFound`, and
    `ReportUnreadable` for one that is to be resumed and has to be saved anew."""
    report = require_report(session, report_id=report_id, locked=True)
    report.is_paused = is_paused
    report.pause_reason = None
    if is_paused:
        repository.cancel_pending_runs(session, report.id, problem="it was paused")
    elif not is_accessible(session, report):
        report.creator_id = caller_id
    report.version += 1
    plan_next(session, report, now=now, shop_zone=shop_zone)
    return _load_defined(session, report)


def pause_without_access(session: Session, report: Report) -> None:
    """Pause a report whose creator is no admin any more, and tell the admins."""
    _pause_for(
        session, report, PauseCause.NO_ACCESS, "its creator is no admin any more"
    )


def pause_unreadable(session: Session, report: Report, error: ReportUnreadable) -> None:
    """Pause a report that cannot be read any more, and tell the admins."""
    reason = f"what was saved can no longer be read ({error.reason})"
    _pause_for(session, report, PauseCause.UNREADABLE, reason)


def _pause_for(
    session: Session, report: Report, cause: PauseCause, reason: str
) -> None:
    report.is_paused = True
    report.pause_reason = reason
    report.next_due_at = None
    report.version += 1
    repository.cancel_pending_runs(session, report.id, problem=reason)
    enqueue(
        session,
        "notifications.tell",
        event=EventName.REPORT_PAUSED,
        report_id=report.id,
        report_name=report.name,
        reason=reason,
        cause=cause,
    )


def is_accessible(session: Session, report: Report) -> bool:
    """Whether its creator may still see what it shows. A shop's own first reports have none."""
    creator_id = report.creator_id
    return creator_id is None or repository.has_access(session, creator_id)


def require_report(
    session: Session, *, report_id: UUID, locked: bool = False
) -> Report:
    """Raises `ReportNotFound`."""
    report = repository.find_report(session, report_id, locked=locked)
    if report is None:
        raise ReportNotFound(report_id)
    return report


def read_report(session: Session, *, report_id: UUID) -> DefinedReport:
    """Raises `ReportNotFound`."""
    return _load_defined(session, require_report(session, report_id=report_id))


def list_reports(
    session: Session, *, limit: int, last_key: str | None = None
) -> Page[DefinedReport]:
    """Newest first."""
    rows = repository.list_reports(
        session, after=paging.decode_id(last_key) if last_key else None, limit=limit + 1
    )
    page = paging.cut_page(rows, limit=limit, key=lambda row: [str(row.id)])
    recipients = repository.list_recipients(session, [row.id for row in page.items])
    items = [_describe_report(row, recipients[row.id]) for row in page.items]
    return Page(items, page.last_key)


def _load_defined(session: Session, report: Report) -> DefinedReport:
    session.flush()
    recipients = repository.list_recipients(session, [report.id])[report.id]
    return _describe_report(report, recipients)


def delete_report(session: Session, *, report_id: UUID) -> None:
    """With its history; its files are deleted by a job. Raises `ReportNotFound`."""
    session.delete(require_report(session, report_id=report_id, locked=True))
    enqueue(session, "reports.delete_files", report_id=report_id)


def unsubscribe(
    session: Session, *, report_id: UUID, customer_id: UUID, now: datetime
) -> None:
    """Of a recipient, by the recipient, who has it again by changing the report. Nothing to do
    where the account receives it no more. Raises `ReportNotFound`."""
    report = require_report(session, report_id=report_id, locked=True)
    recipient = repository.find_recipient(
        session, report_id=report_id, customer_id=customer_id
    )
    if recipient is None or recipient.unsubscribed_at is not None:
        return
    recipient.unsubscribed_at = now
    session.flush()
    if not repository.has_subscriber(session, report_id):
        report.next_due_at = None


def forget_recipient(session: Session, *, owner_id: UUID) -> None:
    """Of an account that is deleted. A report that nobody receives any more is due never."""
    received = repository.lock_reports_of(session, owner_id)
    repository.delete_recipient(session, owner_id)
    for report in received:
        if not repository.has_subscriber(session, report.id):
            report.next_due_at = None
    repository.delete_deliveries(session, owner_id)


def list_admin_ids(recipients: Collection[RecipientRow]) -> list[UUID]:
    """The recipients to mail."""
    return [
        each.customer_id
        for each in recipients
        if each.has_access and each.unsubscribed_at is None
    ]
