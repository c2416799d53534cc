"""Runs enqueued jobs as a worker would, and reads the mails that they sent."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from jobs.context import JobContext
from jobs.execution import run_job
from jobs.registry import JOBS
from tests.support.factories import RowFactory
from webapp.bootstrap import Runtime
from webapp.db import outbox
from webapp.db.outbox import OPEN, OutboxMessage, enqueue
from webapp.kit.clock import utc_now
from webapp.orders.models import OrderItem
from webapp.orders.status import OrderStatus, PaymentStatus

NOTIFICATION_JOBS = ("notifications.tell", "notifications.mail")
ADDRESS = {
    "name": "Ada <3",
    "company": "Park & Co.",
    "street": "1 Main St",
    "street2": "Floor 2",
    "city": "Springfield",
    "state": "IL",
    "zipCode": "62701",
    "country": "US",
    "phone": "+1 217 555 0100",
}


@dataclass
class NotificationHarness:
    runtime: Runtime

    def create_customer(self, **given: object) -> UUID:
        with self.runtime.db.unit_of_work() as session:
            return RowFactory(session).customer(**given).id  # type: ignore[arg-type]

    def create_order(self, owner_id: UUID | None, *, number_of_lines: int = 1) -> UUID:
        """Insert a paid order of kettles at $25."""
        total = 2500 * number_of_lines
        with self.runtime.db.unit_of_work() as session:
            order = RowFactory(session).order(
                customer_id=owner_id,
                status=OrderStatus.PAID,
                payment_status=PaymentStatus.PAID,
                currency="USD",
                subtotal_minor=total,
                tax_minor=0,
                total_minor=total,
                shipping_address=ADDRESS,
                placed_at=utc_now(),
                items=[
                    OrderItem(
                        position=position,
                        name="Kettle <3",
                        sku="K-1",
                        category="Kitchen",
                        quantity=1,
                        unit_price_minor=2500,
                        line_total_minor=2500,
                    )
                    for position in range(number_of_lines)
                ],
            )
            return order.id

    def enqueue_event(self, event: str, **subject: object) -> UUID:
        """Enqueue `notifications.tell`; returns the id of its outbox message."""
        arguments: dict[str, object] = {"event": event, **subject}
        with self.runtime.db.unit_of_work() as session:
            return enqueue(session, "notifications.tell", **arguments).id  # type: ignore[arg-type]

    def run_jobs(self, *jobs: str, runtime: Runtime | None = None) -> int:
        """Run these jobs until none of them is open and due; returns the number of runs."""
        count = 0
        while due := self.list_due(*(jobs or NOTIFICATION_JOBS)):
            for message in due:
                context = JobContext(message.id)
                run_job(
                    runtime or self.runtime,
                    JOBS[message.job],
                    context,
                    arguments=message.arguments,
                )
                self._enqueue_followers(context)
                count += 1
        return count

    def _enqueue_followers(self, context: JobContext) -> None:
        """Leave what would run next to a run of its own."""
        with self.runtime.db.unit_of_work() as session:
            ids = [follower.message.id for follower in context.followers]
            outbox.undo_attempts(session, ids)

    def list_due(self, *jobs: str) -> list[OutboxMessage]:
        return self.list_open(*jobs, due=OutboxMessage.due_at <= func.now())

    def list_open(
        self, *jobs: str, due: ColumnElement[bool] | None = None
    ) -> list[OutboxMessage]:
        """Those that wait for their next attempt included, unless only the `due` ones count."""
        statement = select(OutboxMessage).where(OutboxMessage.job.in_(jobs), OPEN)
        if due is not None:
            statement = statement.where(due)
        with self.runtime.db.unit_of_work() as session:
            return list(session.scalars(statement.order_by(OutboxMessage.id)))

    def read_mails(self) -> list[EmailMessage]:
        """The mails, in the order in which they were sent."""
        folder = self.runtime.settings.var_dir / "mail"
        files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]
