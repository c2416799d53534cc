from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, true, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.adapters.payments.port import PaymentEvent, PaymentIntentStatus
from webapp.db.outbox import ENQUEUE_FROM, enqueue_by
from webapp.db.statements import Statement
from webapp.kit.ids import new_id
from webapp.payments.models import Payment, Refund, RefundItem, StripeEvent
from webapp.payments.refund_items import ItemAmount

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
ENQUEUE_RECEIVED = ENQUEUE_FROM.format(
    source="received WHERE CAST(:intent_id AS text) IS NOT NULL",
    after="CASE WHEN EXISTS (SELECT FROM recorded) THEN '0' ELSE :in_flight END",
)
RECEIVE_EVENT = Statement(f"""
    WITH recorded AS (
        SELECT status FROM payments WHERE intent_id = CAST(:intent_id AS text)
    ), received AS (
        INSERT INTO stripe_events (event_id, type)
        SELECT :event_id, :type
        WHERE NOT EXISTS (
            SELECT FROM recorded WHERE status = CAST(:intent_status AS text)
        )
        ON CONFLICT DO NOTHING RETURNING event_id
    )
    {ENQUEUE_RECEIVED}
""")  # noqa: S608 - constants


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


def sum_refunded_items(session: Session, payment_id: UUID) -> dict[UUID, ItemAmount]:
    """What the payment's refunds have paid back, by order line."""
    rows = session.execute(
        select(
            RefundItem.order_item_id,
            func.sum(RefundItem.quantity),
            func.sum(RefundItem.amount_minor),
        )
        .join(Refund, Refund.id == RefundItem.refund_id)
        .where(Refund.payment_id == payment_id)
        .group_by(RefundItem.order_item_id)
    )
    return {
        item_id: ItemAmount(item_id, int(quantity), int(amount))
        for item_id, quantity, amount in rows
    }


def list_refund_items(session: Session, refund_id: UUID) -> Sequence[RefundItem]:
    return session.scalars(
        select(RefundItem)
        .where(RefundItem.refund_id == refund_id)
        .order_by(RefundItem.id)
    ).all()


def receive_event(
    session: Session, event: PaymentEvent, *, in_flight: timedelta
) -> None:
    """Insert the event and enqueue its job, unless its intent has this status here already or an
    earlier delivery has inserted it; `in_flight` delays the job of an intent of which nothing is
    recorded."""
    enqueue_by(
        session,
        "payments.apply_event",
        statement=RECEIVE_EVENT,
        arguments={
            "event_id": event.id,
            "event_type": event.type,
            "intent_id": event.intent_id,
            "intent_status": event.intent_status or "",
        },
        event_id=event.id,
        type=event.type,
        intent_id=event.intent_id,
        intent_status=event.intent_status,
        in_flight=in_flight,
    )


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
