"""The mail of a run for one recipient, and whether there is to be one."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.adapters.mail.port import Attachment, Mail
from webapp.adapters.storage.port import Storage
from webapp.insights.reports import repository, runs, service
from webapp.insights.reports.document import ReportDocument
from webapp.insights.reports.models import MailStatus, Report, ReportRun
from webapp.insights.reports.stored_files import StoredRun
from webapp.insights.reports.subscription_links import ReportSubscription
from webapp.notifications.messages import build_mail
from webapp.notifications.service import build_mail_id

MAX_ATTACHED_BYTES = 8 * 1024 * 1024
"""Of all files of a mail together; encoded they are a third more, and many servers take 10 MB."""


@dataclass(frozen=True)
class ReportMail:
    """A mail that is due, and is not read from the storage yet."""

    report_id: UUID
    run_id: UUID
    due_at: str
    customer_id: UUID
    email: str
    name: str
    files: tuple[str, ...]

    @property
    def message_id(self) -> UUID:
        """The same for each attempt at the mail of a period to a recipient."""
        key = f"report:{self.report_id}:{self.due_at}:{self.customer_id}"
        return build_mail_id(key)


def load_report_mail(session: Session, *, delivery_id: UUID) -> ReportMail | None:
    """`None` where none is to be sent: it was sent before, or the creator or the recipient has no
    access any more, or the recipient has unsubscribed; that is recorded here."""
    delivery = repository.find_delivery(session, delivery_id)
    if delivery is None or delivery.status != MailStatus.PENDING:
        return None
    run = repository.find_run(session, delivery.run_id)
    if run is None:
        return None
    report = service.require_report(session, report_id=run.report_id, locked=True)
    reason = _find_reason_against(session, report, delivery.customer_id)
    if reason is not None:
        runs.skip_delivery(session, delivery_id=delivery_id, reason=reason)
        return None
    return _build_due_mail(session, run, delivery.customer_id)


def _find_reason_against(
    session: Session, report: Report, customer_id: UUID
) -> str | None:
    if not service.is_accessible(session, report):
        if not report.is_paused:
            service.pause_without_access(session, report)
        return "the report's creator is no admin any more"
    if not repository.has_access(session, customer_id):
        return "the recipient is no admin any more"
    recipient = repository.find_recipient(
        session, report_id=report.id, customer_id=customer_id
    )
    if recipient is None:
        return "the recipient was removed from the report"
    return "the recipient has unsubscribed" if recipient.unsubscribed_at else None


def _build_due_mail(session: Session, run: ReportRun, customer_id: UUID) -> ReportMail:
    customer = accounts.require_customer(session, customer_id=customer_id)
    return ReportMail(
        report_id=run.report_id,
        run_id=run.id,
        due_at=run.due_at.isoformat(),
        customer_id=customer_id,
        email=customer.email or "",
        name=customer.name,
        files=tuple(run.files),
    )


def build_report_mail(
    due: ReportMail, storage: Storage, *, site: str, secret: str
) -> Mail:
    """Read a run's files, and build the mail of them. Raises `NotStored`."""
    folder = StoredRun(storage, due.report_id, due.run_id)
    document, rendered = folder.read_document(), folder.read_mail()
    files = [folder.read_file(name) for name in due.files]
    is_attached = sum(len(each.content) for each in files) <= MAX_ATTACHED_BYTES
    subscription = ReportSubscription(due.customer_id, due.report_id)
    return build_mail(
        "report",
        message_id=due.message_id,
        recipient=due.email,
        subject=build_subject(document),
        unsubscribe_url=subscription.build_link(site=site, secret=secret),
        images=[Attachment(each.name, each.png) for each in rendered.images],
        attachments=[
            Attachment(each.name, each.content) for each in files if is_attached
        ],
        name=due.name,
        site=site,
        report_html=rendered.html,
        report_text=rendered.text,
        left_out=[] if is_attached else [each.name for each in files],
        run_path=f"/api/v1/admin/reports/{due.report_id}/runs/{due.run_id}",
    )


def build_subject(document: ReportDocument) -> str:
    late = " (late)" if document.is_late else ""
    alert = "" if document.alert is None else "Alert: "
    return f"{alert}{document.title}: {document.describe_period()}{late}"
