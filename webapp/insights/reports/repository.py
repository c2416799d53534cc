from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.accounts.models import IS_ACTIVE_ADMIN, Customer
from webapp.insights.reports.models import (
    Report,
    ReportDelivery,
    ReportRecipient,
    ReportRun,
    RunStatus,
)
from webapp.kit.ids import new_id


class RecipientRow(NamedTuple):
    customer_id: UUID
    email: str | None
    """`None` for a deleted account."""
    unsubscribed_at: datetime | None
    has_access: bool


def find_report(
    session: Session, report_id: UUID, *, locked: bool = False
) -> Report | None:
    statement = select(Report).where(Report.id == report_id)
    if locked:
        statement = statement.with_for_update(of=Report)
    return session.scalars(statement).one_or_none()


def list_reports(
    session: Session, *, after: UUID | None, limit: int
) -> Sequence[Report]:
    """Newest first."""
    statement = select(Report).order_by(Report.id.desc())
    if after is not None:
        statement = statement.where(Report.id < after)
    return session.scalars(statement.limit(limit)).all()


def claim_due_reports(
    session: Session, *, now: datetime, limit: int
) -> Sequence[Report]:
    """Reports that are due and that no other process works on, the most overdue first."""
    return session.scalars(
        select(Report)
        .where(Report.next_due_at <= now)
        .order_by(Report.next_due_at)
        .limit(limit)
        .with_for_update(of=Report, skip_locked=True)
    ).all()


def find_admins_by_email(
    session: Session, emails: Collection[str]
) -> Sequence[Customer]:
    return session.scalars(
        select(Customer).where(IS_ACTIVE_ADMIN, Customer.email.in_(emails))
    ).all()


def has_access(session: Session, customer_id: UUID) -> bool:
    """Whether the account is that of an admin, now."""
    return bool(
        session.scalar(
            select(exists().where(IS_ACTIVE_ADMIN, Customer.id == customer_id))
        )
    )


def list_recipients(
    session: Session, report_ids: Collection[UUID]
) -> dict[UUID, list[RecipientRow]]:
    rows = session.execute(
        select(
            ReportRecipient.report_id,
            ReportRecipient.customer_id,
            Customer.email,
            ReportRecipient.unsubscribed_at,
            IS_ACTIVE_ADMIN,
        )
        .join(Customer, Customer.id == ReportRecipient.customer_id)
        .where(ReportRecipient.report_id.in_(report_ids))
        .order_by(Customer.email)
    )
    recipients: dict[UUID, list[RecipientRow]] = {each: [] for each in report_ids}
    for report_id, customer_id, email, unsubscribed_at, is_admin in rows:
        row = RecipientRow(customer_id, email, unsubscribed_at, is_admin)
        recipients[report_id].append(row)
    return recipients


def has_subscriber(session: Session, report_id: UUID) -> bool:
    """Whether somebody gets the report who still may."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    ReportRecipient.report_id == report_id,
                    ReportRecipient.unsubscribed_at.is_(None),
                    ReportRecipient.customer_id == Customer.id,
                    IS_ACTIVE_ADMIN,
                )
            )
        )
    )


def find_recipient(
    session: Session, *, report_id: UUID, customer_id: UUID
) -> ReportRecipient | None:
    return session.get(ReportRecipient, (report_id, customer_id))


def replace_recipients(
    session: Session, *, report_id: UUID, customer_ids: Collection[UUID]
) -> None:
    """Those that stay are as they were. Whoever has stopped the report stays, so that being chosen
    anew does not undo it."""
    session.execute(
        delete(ReportRecipient).where(
            ReportRecipient.report_id == report_id,
            ReportRecipient.customer_id.not_in(customer_ids),
            ReportRecipient.unsubscribed_at.is_(None),
        )
    )
    if customer_ids:
        session.execute(
            insert(ReportRecipient)
            .values(
                [{"report_id": report_id, "customer_id": each} for each in customer_ids]
            )
            .on_conflict_do_nothing()
        )


def lock_reports_of(session: Session, customer_id: UUID) -> Sequence[Report]:
    """Those that an account is a recipient of, but for what somebody else works on, who plans it
    anew: whoever deletes an account holds its row, which may be waited for there."""
    return session.scalars(
        select(Report)
        .join(ReportRecipient, ReportRecipient.report_id == Report.id)
        .where(ReportRecipient.customer_id == customer_id)
        .with_for_update(of=Report, skip_locked=True)
    ).all()


def delete_recipient(session: Session, customer_id: UUID) -> None:
    """From all reports."""
    session.execute(
        delete(ReportRecipient).where(ReportRecipient.customer_id == customer_id)
    )


def delete_deliveries(session: Session, customer_id: UUID) -> None:
    """The mails of an account."""
    session.execute(
        delete(ReportDelivery).where(ReportDelivery.customer_id == customer_id)
    )


def insert_run(
    session: Session,
    *,
    report_id: UUID,
    due_at: datetime,
    status: RunStatus = RunStatus.PENDING,
    is_late: bool = False,
    is_manual: bool = False,
) -> UUID | None:
    """The new run's id; `None` where the report has one of that time."""
    return session.scalar(
        insert(ReportRun)
        .values(
            id=new_id(),
            report_id=report_id,
            due_at=due_at,
            status=status,
            is_late=is_late,
            is_manual=is_manual,
            files=[],
        )
        .on_conflict_do_nothing(index_elements=[ReportRun.report_id, ReportRun.due_at])
        .returning(ReportRun.id)
    )


def find_run(
    session: Session, run_id: UUID, *, locked: bool = False
) -> ReportRun | None:
    statement = select(ReportRun).where(ReportRun.id == run_id)
    if locked:
        statement = statement.with_for_update(of=ReportRun)
    return session.scalars(statement).one_or_none()


def list_runs(
    session: Session,
    *,
    report_id: UUID,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[ReportRun]:
    """The latest one first."""
    statement = select(ReportRun).where(ReportRun.report_id == report_id)
    place = tuple_(ReportRun.due_at, ReportRun.id)
    if before is not None:
        statement = statement.where(place < before)
    return session.scalars(
        statement.order_by(ReportRun.due_at.desc(), ReportRun.id.desc()).limit(limit)
    ).all()


IS_JUDGED = ReportRun.met_by.is_not(None)
IS_ALERT = IS_JUDGED | (
    ReportRun.computed_at.is_not(None) & ReportRun.problem.is_not(None)
)
"""Computed with a condition, whether its rows are known or not."""


def find_judged_before(session: Session, run: ReportRun) -> ReportRun | None:
    """The latest run before of which it is known which rows met the condition."""
    return _find_before(session, run, IS_JUDGED)


def find_alert_before(session: Session, run: ReportRun) -> ReportRun | None:
    """The latest run before that was computed with a condition."""
    return _find_before(session, run, IS_ALERT)


def _find_before(
    session: Session, run: ReportRun, condition: ColumnElement[bool]
) -> ReportRun | None:
    return session.scalars(
        select(ReportRun)
        .where(
            ReportRun.report_id == run.report_id,
            ReportRun.due_at < run.due_at,
            condition,
        )
        .order_by(ReportRun.due_at.desc())
        .limit(1)
    ).one_or_none()


def has_later_judged(session: Session, run: ReportRun) -> bool:
    """Whether the condition was computed for a later time already."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    ReportRun.report_id == run.report_id,
                    ReportRun.due_at > run.due_at,
                    IS_ALERT,
                )
            )
        )
    )


def cancel_pending_runs(session: Session, report_id: UUID, *, problem: str) -> None:
    session.execute(
        update(ReportRun)
        .where(ReportRun.report_id == report_id, ReportRun.status == RunStatus.PENDING)
        .values(status=RunStatus.CANCELED, problem=problem)
    )


def record_problem(
    session: Session,
    run_id: UUID,
    *,
    problem: str,
    status: RunStatus = RunStatus.PENDING,
) -> None:
    """Of a run that is not computed."""
    session.execute(
        update(ReportRun)
        .where(ReportRun.id == run_id, ReportRun.status == RunStatus.PENDING)
        .values(status=status, problem=problem)
    )


def insert_deliveries(
    session: Session, *, run_id: UUID, customer_ids: Iterable[UUID]
) -> list[UUID]:
    """The ids of the new ones, one a recipient."""
    rows = [
        {"id": new_id(), "run_id": run_id, "customer_id": each, "status": "pending"}
        for each in customer_ids
    ]
    if not rows:
        return []
    statement = (
        insert(ReportDelivery)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(ReportDelivery.id)
    )
    return list(session.scalars(statement))


def find_delivery(session: Session, delivery_id: UUID) -> ReportDelivery | None:
    return session.get(ReportDelivery, delivery_id)


def list_deliveries(
    session: Session, run_ids: Collection[UUID]
) -> dict[UUID, list[tuple[ReportDelivery, str | None]]]:
    """With the address of each recipient, `None` for a deleted account."""
    rows = session.execute(
        select(ReportDelivery, Customer.email)
        .join(Customer, Customer.id == ReportDelivery.customer_id)
        .where(ReportDelivery.run_id.in_(run_ids))
        .order_by(Customer.email)
    )
    deliveries: dict[UUID, list[tuple[ReportDelivery, str | None]]] = {
        each: [] for each in run_ids
    }
    for delivery, email in rows:
        deliveries[delivery.run_id].append((delivery, email))
    return deliveries


def list_expired_runs(
    session: Session, *, before: datetime, limit: int
) -> Sequence[ReportRun]:
    return session.scalars(
        select(ReportRun)
        .where(ReportRun.created_at < before)
        .order_by(ReportRun.created_at)
        .limit(limit)
    ).all()


def delete_runs(session: Session, run_ids: Collection[UUID]) -> None:
    session.execute(delete(ReportRun).where(ReportRun.id.in_(run_ids)))
