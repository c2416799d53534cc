from uuid import UUID

import structlog

from jobs.checkout import build_checkout
from jobs.context import JobContext
from webapp.adapters.payments.port import PaymentRequestRefused
from webapp.bootstrap import Runtime
from webapp.checkout import steps
from webapp.orders import service as orders
from webapp.payments import service

log = structlog.get_logger()


def charge(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
    """Finish what a web process began and could not finish."""
    build_checkout(runtime).charge(
        UUID(order_id), before_commit=lambda session, _order: task.mark_done(session)
    )


def cancel(runtime: Runtime, task: JobContext, *, order_id: str) -> None:
    build_checkout(runtime).abort(
        UUID(order_id), before_commit=lambda session, _order: task.mark_done(session)
    )


def refund(runtime: Runtime, task: JobContext, *, refund_id: str) -> None:
    with runtime.db.unit_of_work() as session:
        found = service.find_refund(session, refund_id=UUID(refund_id))
        if found is None:
            task.mark_done(session)
            return
    row, payment = found
    refused = None
    try:
        receipts = [
            runtime.payments.refund(
                intent_id=payment.intent_id,
                amount_minor=row.amount_minor,
                reason=row.reason,
                idempotency_key=str(row.id),
            )
        ]
    except PaymentRequestRefused as refusal:
        log.warning("refund refused", refund_id=refund_id, reason=refusal.message)
        receipts, refused = runtime.payments.list_refunds(payment.intent_id), row.id
    with runtime.db.unit_of_work() as session:
        steps.reconcile_refunds(
            session,
            orders.lock_order(session, order_id=payment.order_id),
            intent_id=payment.intent_id,
            receipts=receipts,
            rejected_id=refused,
        )
        task.mark_done(session)


def refund_duplicate(runtime: Runtime, task: JobContext, *, intent_id: str) -> None:
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
        task.mark_done(session)
