"""Reports of twelve weeks of sales, run at any time as workers would run them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from tests.support.factories import RowFactory
from tests.support.notification_harness import NotificationHarness
from webapp.accounts.models import Customer
from webapp.bootstrap import Runtime
from webapp.insights.reports import runs, service
from webapp.insights.reports.models import Report, ReportDelivery, ReportRun
from webapp.insights.reports.schemas import ReportBody
from webapp.kit.time_zones import parse_zone

UTC_ZONE = parse_zone("UTC")
REPORT_JOBS = ("reports.run", "reports.mail", "reports.delete_files")
WEEKLY: Mapping[str, Any] = {
    "name": "Weekly sales",
    "sections": [
        {
            "heading": "Revenue by product",
            "query": {"metrics": ["net_revenue", "units"], "groupBy": ["product"]},
        }
    ],
    "period": {"unit": "week", "offset": 1},
    "schedule": "0 6 * * 1",
}
"""Of the week before, each Monday at six."""


def at(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


@dataclass
class ReportHarness:
    runtime: Runtime
    zone: ZoneInfo = field(default=UTC_ZONE)

    def __post_init__(self) -> None:
        self.notifications = NotificationHarness(self.runtime)

    def create_admin(self, email: str) -> UUID:
        with self.runtime.db.unit_of_work() as session:
            return RowFactory(session).customer(email=email, admin=True).id

    def dismiss(self, customer_id: UUID) -> None:
        """The account stays, and is no admin's any more."""
        with self.runtime.db.unit_of_work() as session:
            session.execute(
                update(Customer).where(Customer.id == customer_id).values(groups=[])
            )

    def create_report(
        self, creator_id: UUID, *recipients: str, now: datetime, **changes: Any
    ) -> UUID:
        body = ReportBody.model_validate(
            {**WEEKLY, "recipients": list(recipients), **changes}
        )
        with self.runtime.db.unit_of_work() as session:
            defined = service.create_report(
                session,
                draft=body.to_draft(),
                creator_id=creator_id,
                now=now,
                shop_zone=self.zone,
            )
            return defined.report.id

    def start_due(self, now: datetime) -> int:
        with self.runtime.db.unit_of_work() as session:
            return runs.start_due_runs(session, now=now, shop_zone=self.zone)

    def run_jobs(self, *jobs: str, runtime: Runtime | None = None) -> int:
        return self.notifications.run_jobs(*(jobs or REPORT_JOBS), runtime=runtime)

    def read_mails(self) -> list[EmailMessage]:
        return self.notifications.read_mails()

    def load_report(self, report_id: UUID) -> Report:
        with self.runtime.db.unit_of_work() as session:
            return service.require_report(session, report_id=report_id)

    def list_runs(self, report_id: UUID) -> list[ReportRun]:
        """The earliest first."""
        with self.runtime.db.unit_of_work() as session:
            return list(
                session.scalars(
                    select(ReportRun)
                    .where(ReportRun.report_id == report_id)
                    .order_by(ReportRun.due_at)
                )
            )

    def list_deliveries(self) -> list[ReportDelivery]:
        with self.runtime.db.unit_of_work() as session:
            return list(
                session.scalars(select(ReportDelivery).order_by(ReportDelivery.id))
            )
