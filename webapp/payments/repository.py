from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, true, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.adapters.payments.port import PaymentIntentStatus
from webapp.db.statements import Statement
from webapp.kit.ids import new_id
from webapp.payments.models import Payment, Refund, StripeEvent

UPSERT_PAYMENT = Statement("""
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

FIND_REFUNDED = Statement(
    "SELECT refunded_minor FROM payments WHERE order_id = :order_id"
)
FIND_STATUS = Statement("SELECT status FROM payments WHERE intent_id = :intent_id")
INSERT_EVENT = Statement("""
    INSERT INTO stripe_events (event_id, type) VALUES (:event_id, :type) ON CONFLICT DO NOTHING
""")


def upsert_payment(
    session: Session, *, order_id: UUID, intent_id: str, **values: object
) -> bool:
    """Store the current state of the order's intent, in one statement, so that concurrent
    updates cannot race. A succeeded payment stays, and a canceled one is only replaced by
    a succeeded one, because an older state may arrive later: then nothing is written and
    the result is False."""
    written = UPSERT_PAYMENT.fetch_first(
        session,
        id=new_id(),
        order_id=order_id,
        intent_id=intent_id,
        **values,
        succeeded=PaymentIntentStatus.SUCCEEDED.value,
        cancelled=PaymentIntentStatus.CANCELED.value,
    )
    return written is not None


def find_payment(
    session: Session, order_id: UUID, *, for_update: bool = False
) -> Payment | None:
    statement = select(Payment).where(Payment.order_id == order_id)
    if for_update:
        statement = statement.with_for_update().execution_options(
            populate_existing=True
        )
    return session.scalars(statement).one_or_none()


def find_refunded(session: Session, order_id: UUID) -> int:
    """What has been refunded of the order's payment, in minor units."""
    return FIND_REFUNDED.fetch_value(session, order_id=order_id) or 0


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


def find_intent_status(session: Session, intent_id: str) -> str | None:
    """The recorded status; `None` when nothing of the intent is recorded."""
    status: str | None = FIND_STATUS.fetch_value(session, intent_id=intent_id)
    return status


def insert_event(session: Session, *, event_id: str, event_type: str) -> bool:
    """Insert the event; false when an earlier delivery has inserted it."""
    return INSERT_EVENT.run(session, event_id=event_id, type=event_type) > 0


def upsert_event_problem(
    session: Session, *, event_id: str, event_type: str, problem: str
) -> None:
    values = {"event_id": event_id, "type": event_type, "problem": problem}
    session.execute(
        insert(StripeEvent)
        .values(values)
        .on_conflict_do_update(
            index_elements=[StripeEvent.event_id], set_={"problem": problem}
        )
    )


def find_intent_statuses(
    session: Session, intent_ids: Collection[str]
) -> dict[str, str]:
    """Recorded statuses by intent; intents that are not recorded are left out."""
    if not intent_ids:
        return {}
    rows = session.execute(
        select(Payment.intent_id, Payment.status).where(
            Payment.intent_id.in_(intent_ids)
        )
    )
    return dict(rows.all())


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
