from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.kit.ids import new_id
from webapp.payments.models import Payment, Refund, WebhookEvent
from webapp.suppliers.payments import IntentStatus


def put(session: Session, *, order_id: UUID, intent_id: str, **values: object) -> bool:
    """Write down how the order's intent stands now; one statement, so that two tellers
    of the same news cannot race. What is paid stays paid and what is cancelled only
    gives way to what is paid, because older news may come later: then nothing is written,
    and the answer is false."""
    inserting = insert(Payment).values(
        id=new_id(), order_id=order_id, intent_id=intent_id, **values
    )
    is_open = Payment.status.not_in((IntentStatus.SUCCEEDED, IntentStatus.CANCELED))
    was_paid_after_all = (Payment.status == IntentStatus.CANCELED) & (
        inserting.excluded.status == IntentStatus.SUCCEEDED
    )
    written = session.execute(
        inserting.on_conflict_do_update(
            index_elements=[Payment.order_id],
            set_={"intent_id": intent_id, "updated_at": func.now(), **values},
            where=is_open | was_paid_after_all,
        )
        .returning(Payment.id)
        .execution_options(synchronize_session=False)
    )
    return written.first() is not None


def of_order(
    session: Session, order_id: UUID, *, locked: bool = False
) -> Payment | None:
    statement = select(Payment).where(Payment.order_id == order_id)
    if locked:
        statement = statement.with_for_update().execution_options(
            populate_existing=True
        )
    return session.scalars(statement).one_or_none()


def find_refund(session: Session, refund_id: UUID) -> tuple[Refund, Payment] | None:
    found = session.execute(
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
    ).one_or_none()
    return None if found is None else (found[0], found[1])


def refunds_of(session: Session, payment_id: UUID) -> Sequence[Refund]:
    """Oldest first."""
    return session.scalars(
        select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id)
    ).all()


def remember_event(session: Session, *, event_id: str, kind: str) -> bool:
    """False when the event was acted on before."""
    new = session.execute(
        insert(WebhookEvent)
        .values(event_id=event_id, type=kind)
        .on_conflict_do_nothing()
        .returning(WebhookEvent.event_id)
    )
    return new.first() is not None


def knows_event(session: Session, event_id: str) -> bool:
    return session.get(WebhookEvent, event_id) is not None
