from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db.base import Model, Record


class Report(Record):
    """What is computed and mailed each time its schedule is due."""

    __tablename__ = "reports"
    __table_args__ = (
        Index(
            "ix_reports_next_due_at",
            "next_due_at",
            postgresql_where="next_due_at IS NOT NULL",
        ),
    )

    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    """A `ReportDefinition`."""
    creator_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"))
    """The admin whose access its figures need; none for the reports that a shop begins with."""
    version: Mapped[int] = mapped_column(default=1)
    is_paused: Mapped[bool] = mapped_column(default=False)
    pause_reason: Mapped[str | None]
    """Where nobody has paused it by hand."""
    next_due_at: Mapped[datetime | None]
    """`None` while it is paused, or nobody receives it."""


class ReportRecipient(Model):
    __tablename__ = "report_recipients"

    report_id: Mapped[UUID] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True
    )
    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    unsubscribed_at: Mapped[datetime | None]
    """Only the recipient can take that back."""


class RunStatus(StrEnum):
    PENDING = "pending"
    """Waits for its computation, or for the next attempt at it."""
    COMPUTED = "computed"
    QUIET = "quiet"
    """Computed, and not mailed: the condition of the alert was not newly met."""
    MISSED = "missed"
    """Due too long ago to be caught up by itself."""
    CANCELED = "canceled"
    """Its report was paused before it was computed, or is too large to be rendered."""


class ReportRun(Record):
    """A report of one period: one for each time that it was due, and those run by hand."""

    __tablename__ = "report_runs"
    __table_args__ = (
        UniqueConstraint("report_id", "due_at"),
        CheckConstraint(
            "status IN ('pending', 'computed', 'quiet', 'missed', 'canceled')",
            name="status_known",
        ),
        Index("ix_report_runs_created_at", "created_at"),
    )

    report_id: Mapped[UUID] = mapped_column(
        ForeignKey("reports.id", ondelete="CASCADE")
    )
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=RunStatus.PENDING)
    is_manual: Mapped[bool] = mapped_column(default=False)
    is_late: Mapped[bool] = mapped_column(default=False)
    problem: Mapped[str | None]
    """Why it is not computed yet, or not at all; of a computed alert, why it is not known which
    rows meet its condition."""
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    computed_at: Mapped[datetime | None]
    files: Mapped[list[str]] = mapped_column(default=list)
    """Names of those that can be downloaded."""
    met_by: Mapped[list[str] | None]
    """The rows that meet the condition of an alert; `None` without one, before computing it, and
    where they are not known."""


class MailStatus(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    REJECTED = "rejected"
    """For good, by the mail server."""
    SKIPPED = "skipped"
    """Not sent, as the recipient must not have it, or does not want it."""


class ReportDelivery(Record):
    """A run for one recipient: one mail."""

    __tablename__ = "report_deliveries"
    __table_args__ = (
        UniqueConstraint("run_id", "customer_id"),
        CheckConstraint(
            "status IN ('pending', 'sent', 'rejected', 'skipped')", name="status_known"
        ),
        Index("ix_report_deliveries_customer_id", "customer_id"),
    )

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("report_runs.id", ondelete="CASCADE")
    )
    customer_id: Mapped[UUID] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE")
    )
    status: Mapped[str] = mapped_column(default=MailStatus.PENDING)
    problem: Mapped[str | None]
    """Why it is not sent, or not yet."""
    sent_at: Mapped[datetime | None]
