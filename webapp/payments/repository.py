from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, true, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.adapters.payments.port import PaymentIntentStatus
from webapp.kit.ids import new_id
from webapp.payments.models import Payment, Refund, StripeEvent

# Raw SQL: SQLAlchemy constructs take four times the CPU time.
UPSERT_PAYMENT = text("""
    INSERT INTO payments AS known (id, order_id, intent_id, status, amount_minor, currency,
        refunded_minor, client_secret, action_url, decline_code)
    VALUES (:id, :order_id, :intent_id, :status, :amount_minor, :currency,
        0, :client_secret, :action_url, :decline_code)
    ON CONFLICT (order_id) DO UPDATE SET
        intent_id = excluded.intent_id, status = excluded.status,
        amount_minor = excluded.amount_minor, currency = excluded.currency,
        client_secret = excluded.client_secret, action_url = excluded.action_url,
        decline_code = excluded.decline_code, updated_at = now()
    WHERE known.status NOT IN (:succeeded, :cancelled)
        OR known.status = :cancelled AND excluded.status = :succeeded
    RETURNING id
""")


def upsert_payment(
    session: Session, *, order_id: UUID, intent_id: str, **values: object
) -> bool:
    """Store the current state of the order's intent, in one statement, so that concurrent
    updates cannot race. A succeeded payment stays, and a canceled one is only replaced by
    a succeeded one, because an older state may arrive later: then nothing is written and
    the result is False."""
    written = session.execute(
        UPSERT_PAYMENT,
        {
            "id": new_id(),
            "order_id": order_id,
            "intent_id": intent_id,
            **values,
            "succeeded": PaymentIntentStatus.SUCCEEDED.value,
            "cancelled": PaymentIntentStatus.CANCELED.value,
        },
    )
    return written.first() is not None


def find_payment(
    session: Session, order_id: UUID, *, for_update: bool = False
) -> Payment | None:
    statement = select(Payment).where(Payment.order_id == order_id)
    if for_update:
        statement = statement.with_for_update().execution_options(
            populate_existing=True
        )
    return session.scalars(statement).one_or_none()


def find_refund(session: Session, refund_id: UUID) -> tuple[Refund, Payment] | None:
    row = session.execute(
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def list_refunds(session: Session, payment_id: UUID) -> Sequence[Refund]:
    """List the payment's refunds, oldest first."""
    return session.scalars(
        select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id)
    ).all()


def insert_stripe_event(
    session: Session, *, event_id: str, event_type: str, problem: str | None = None
) -> None:
    """Insert the event, unless a concurrent delivery has."""
    session.execute(
        insert(StripeEvent)
        .values(event_id=event_id, type=event_type, problem=problem)
        .on_conflict_do_nothing()
    )


def list_problem_events(
    session: Session, *, before: tuple[datetime, str] | None, limit: int
) -> Sequence[StripeEvent]:
    """Newest first."""
    key = tuple_(StripeEvent.received_at, StripeEvent.event_id)
    return session.scalars(
        select(StripeEvent)
        .where(
            StripeEvent.problem.is_not(None),
            key < tuple_(*before) if before else true(),
        )
        .order_by(StripeEvent.received_at.desc(), StripeEvent.event_id.desc())
        .limit(limit)
    ).all()


def has_stripe_event(session: Session, event_id: str) -> bool:
    return session.get(StripeEvent, event_id) is not None
