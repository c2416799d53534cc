from uuid import UUID

from jobs.checkout import checkout_of
from jobs.task import Task
from webapp.bootstrap import Runtime
from webapp.payments import service
from webapp.suppliers.payments import PaymentRequestRefused


def charge(runtime: Runtime, task: Task, *, order_id: str) -> None:
    """Finish what a web process began and could not finish."""
    checkout_of(runtime).charge(
        UUID(order_id), also=lambda session, _order: task.keep(session)
    )


def cancel(runtime: Runtime, task: Task, *, order_id: str) -> None:
    checkout_of(runtime).call_off(
        UUID(order_id), also=lambda session, _order: task.keep(session)
    )


def refund(runtime: Runtime, task: Task, *, refund_id: str) -> None:
    with runtime.db.unit_of_work() as session:
        row, intent_id = service.refund_to_send(session, refund_id=UUID(refund_id))
    receipt = runtime.payments.refund(
        intent_id=intent_id,
        amount_minor=row.amount_minor,
        reason=row.reason,
        idempotency_key=str(row.id),
    )
    with runtime.db.unit_of_work() as session:
        service.note_sent(session, refund_id=row.id, stripe_refund_id=receipt.id)
        task.keep(session)


def return_whole(runtime: Runtime, task: Task, *, intent_id: str) -> None:
    """All that one intent took, when another has paid for its order."""
    try:
        runtime.payments.refund(
            intent_id=intent_id,
            reason="duplicate",
            idempotency_key=f"return-{intent_id}",
        )
    except PaymentRequestRefused as refusal:
        if refusal.details["stripe_code"] != "charge_already_refunded":
            raise
    with runtime.db.unit_of_work() as session:
        task.keep(session)
