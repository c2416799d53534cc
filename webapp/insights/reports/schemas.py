from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BeforeValidator, EmailStr, Field, StrictBool, StrictInt

from webapp.adapters.analytics.port import ReportFormat
from webapp.http.api import ForeignQuery
from webapp.insights.query.analytics_query import DimensionFilter
from webapp.insights.query.windows import RelativeWindow
from webapp.insights.reports.definition import (
    EXAMPLE,
    EXAMPLE_SECTION,
    ReportCondition,
    ReportDefinition,
    SectionDefinition,
)
from webapp.insights.reports.errors import ReportUnreadable
from webapp.insights.reports.models import MailStatus, RunStatus
from webapp.insights.reports.repository import RecipientRow
from webapp.insights.reports.runs import RunWithDeliveries
from webapp.insights.reports.schedules import describe_schedule
from webapp.insights.reports.service import DefinedReport, ReportDraft
from webapp.kit.json import (
    OmittedIfNone,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)

MAX_RECIPIENTS = 100
SHOWN_RECIPIENT = {"email", "isSubscribed", "hasAccess"}


def _read_address(recipient: object) -> object:
    """Of a recipient as reports show them: whether somebody is subscribed, and may be, is not
    changed by saving a report."""
    if isinstance(recipient, dict) and SHOWN_RECIPIENT >= recipient.keys() >= {"email"}:
        return recipient["email"]
    return recipient


Recipient = Annotated[EmailStr, BeforeValidator(_read_address)]


class ReportBody(ReportDefinition):
    model_config = example_config({**EXAMPLE, "recipients": []})

    recipients: Annotated[list[Recipient], Field(max_length=MAX_RECIPIENTS)] = []
    """E-mail addresses of admins, or recipients as a report shows them, of which the `email`
    counts. Without any it is never due, and can be run by hand."""
    is_paused: StrictBool = False
    version: OmittedIfNone[StrictInt] = None
    """That of the report that was read: a change of another one is refused."""

    def to_draft(self) -> ReportDraft:
        return ReportDraft(self.to_definition(), self.recipients, self.is_paused)

    def to_definition(self) -> ReportDefinition:
        names = set(ReportDefinition.model_fields)
        return ReportDefinition.model_validate(
            self.model_dump(
                mode="json", by_alias=True, exclude_none=True, include=names
            )
        )


class RecipientView(ResponseBody):
    example_values = {
        "email": "ada@example.com",
        "is_subscribed": True,
        "has_access": True,
    }

    email: str | None
    """Null for a deleted account."""
    is_subscribed: bool
    """Whether the recipient has not stopped it; only the recipient can resume that."""
    has_access: bool
    """Whether the recipient is an admin: only admins are mailed."""

    @classmethod
    def from_row(cls, row: RecipientRow) -> Self:
        return cls(
            email=row.email,
            is_subscribed=row.unsubscribed_at is None,
            has_access=row.has_access,
        )


class ReportProblem(ResponseBody):
    example_values = {
        "reason": "sections.0.query.speed: Extra inputs are not permitted",
        "saved": {"name": "Weekly sales"},
    }

    reason: str
    saved: dict[str, Any]
    """As it was saved."""


class ReportView(ResponseBody):
    example_values = {
        "report_id": "0190c605-8192-7384-8b5e-617082930415",
        "name": "Weekly sales",
        "problem": None,
        "sections": [SectionDefinition.model_validate(EXAMPLE_SECTION)],
        "filters": [],
        "period": RelativeWindow.model_validate(EXAMPLE["period"]),
        "schedule": "0 6 * * 1",
        "schedule_in_words": "At 06:00 on Monday",
        "time_zone": "UTC",
        "formats": [ReportFormat.PDF],
        "condition": None,
        "is_paused": False,
        "pause_reason": None,
        "next_due_at": "2026-11-23T06:00:00Z",
        "version": 1,
        "created_at": "2026-11-20T09:30:00Z",
    }

    report_id: UUID
    name: str
    problem: OmittedIfNone[ReportProblem] = None
    """Why what was saved cannot be read any more: it has to be saved anew, or deleted."""
    sections: list[SectionDefinition]
    filters: list[DimensionFilter]
    """None where it has a `problem`."""
    period: RelativeWindow | None
    """Null where it has a `problem`, as are those of the schedule."""
    schedule: str | None
    schedule_in_words: str | None
    time_zone: str
    formats: list[ReportFormat]
    condition: ReportCondition | None
    recipients: list[RecipientView]
    is_paused: bool
    pause_reason: str | None
    """Where nobody has paused it by hand."""
    next_due_at: Timestamp | None
    """Null while it is paused, or nobody receives it."""
    version: int
    created_at: Timestamp

    @classmethod
    def from_defined(cls, defined: DefinedReport, *, shop_zone: str) -> Self:
        report = defined.report
        return cls(
            **_show_definition(defined, shop_zone=shop_zone),
            report_id=report.id,
            name=report.name,
            recipients=list(map(RecipientView.from_row, defined.recipients)),
            is_paused=report.is_paused,
            pause_reason=report.pause_reason,
            next_due_at=report.next_due_at,
            version=report.version,
            created_at=report.created_at,
        )


def _show_definition(defined: DefinedReport, *, shop_zone: str) -> dict[str, Any]:
    """The fields of the view that are those of the definition."""
    definition = defined.definition
    if isinstance(definition, ReportUnreadable):
        problem = ReportProblem(
            reason=definition.reason, saved=defined.report.definition
        )
        names = ("period", "schedule", "schedule_in_words", "condition")
        lists: dict[str, Any] = {"sections": [], "filters": [], "formats": []}
        shown = {**dict.fromkeys(names), **lists, "time_zone": shop_zone}
        return {**shown, "problem": problem}
    return {
        "sections": definition.sections,
        "filters": definition.filters,
        "period": definition.period,
        "schedule": definition.schedule,
        "schedule_in_words": describe_schedule(definition.schedule),
        "time_zone": definition.time_zone or shop_zone,
        "formats": definition.formats,
        "condition": definition.condition,
    }


class DeliveryStateView(ResponseBody):
    example_values = {
        "email": "ada@example.com",
        "status": MailStatus.SENT,
        "problem": None,
        "sent_at": "2026-11-23T06:00:09Z",
    }

    email: str | None
    status: MailStatus
    problem: str | None
    """Why it is not sent, or not yet."""
    sent_at: Timestamp | None


class RunView(ResponseBody):
    example_values = {
        "run_id": "0190c606-92a3-7485-9c6f-718293041526",
        "due_at": "2026-11-23T06:00:00Z",
        "status": RunStatus.COMPUTED,
        "is_manual": False,
        "is_late": False,
        "problem": None,
        "first_day": "2026-11-16",
        "last_day": "2026-11-22",
        "computed_at": "2026-11-23T06:00:07Z",
        "files": ["weekly-sales-2026-11-16-to-2026-11-22.pdf"],
        "met_by": None,
    }

    run_id: UUID
    due_at: Timestamp
    """As of which its figures are."""
    status: RunStatus
    is_manual: bool
    is_late: bool
    problem: str | None
    """Why it is not computed yet, or not at all; of a computed alert, why it is not known which
    rows meet its condition."""
    first_day: date | None
    last_day: date | None
    """Included."""
    computed_at: Timestamp | None
    files: list[str]
    met_by: list[str] | None
    """The rows that meet the condition of an alert; null where they are not known."""
    mails: list[DeliveryStateView]
    """One a recipient."""

    @classmethod
    def from_run(cls, loaded: RunWithDeliveries) -> Self:
        run = loaded.run
        return cls(
            run_id=run.id,
            due_at=run.due_at,
            status=RunStatus(run.status),
            is_manual=run.is_manual,
            is_late=run.is_late,
            problem=run.problem,
            first_day=run.first_day,
            last_day=run.last_day,
            computed_at=run.computed_at,
            files=run.files,
            met_by=run.met_by,
            mails=[
                DeliveryStateView(
                    email=email,
                    status=MailStatus(delivery.status),
                    problem=delivery.problem,
                    sent_at=delivery.sent_at,
                )
                for delivery, email in loaded.deliveries
            ],
        )


class SubscriptionTokenQuery(ForeignQuery):
    token: Annotated[str, Field(min_length=1, max_length=1000)]


class ReportSubscriptionView(ResponseBody):
    example_values = {"report": "Weekly sales", "subscribed": False}

    report: str
    subscribed: bool


class FileQuery(RequestBody):
    name: Annotated[str, Field(min_length=1, max_length=255)]
