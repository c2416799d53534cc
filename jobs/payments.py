from uuid import UUID

import structlog

from jobs.checkout import build_checkout, record_outcome
from jobs.context import JobContext
from webapp.adapters.payments.port import PaymentNotUnderstood, PaymentRequestRefused
from webapp.bootstrap import Runtime
from webapp.checkout import steps, stripe_webhooks
from webapp.checkout.policy import AlertThresholds
from webapp.kit.errors import CommerceError, Unavailable
from webapp.orders import service as orders
from webapp.payments import service

log = structlog.get_logger()


def charge(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
    """Finish a charge that a web process started and could not finish."""
    outcome = build_checkout(runtime).charge(UUID(order_id))
    record_outcome(runtime, context, outcome)


def cancel(runtime: Runtime, context: JobContext, *, order_id: str) -> None:
    """Abort an unpaid order: cancel its payment and release the units that it holds."""
    outcome = build_checkout(runtime).abort(UUID(order_id))
    record_outcome(runtime, context, outcome)


def refund(runtime: Runtime, context: JobContext, *, refund_id: str) -> None:
    """Send a recorded refund to Stripe and reconcile the order with Stripe's answer."""
    with runtime.db.unit_of_work() as session:
        found = service.find_refund(session, refund_id=UUID(refund_id))
        if found is None:
            context.mark_done(session)
            return
    row, payment = found
    rejected_id = None
    try:
        receipts = [
            runtime.payments.refund(
                intent_id=payment.intent_id,
                amount_minor=row.amount_minor,
                reason=row.reason,
                idempotency_key=str(row.id),
            )
        ]
    except PaymentRequestRefused as error:
        log.warning("refund rejected", refund_id=refund_id, reason=error.message)
        receipts = runtime.payments.list_refunds(payment.intent_id)
        rejected_id = row.id
    with runtime.db.unit_of_work() as session:
        steps.reconcile_refunds(
            session,
            orders.lock_order(session, order_id=payment.order_id),
            intent_id=payment.intent_id,
            receipts=receipts,
            rejected_id=rejected_id,
        )
        context.mark_done(session)


def apply_event(
    runtime: Runtime,
    context: JobContext,
    *,
    event_id: str,
    event_type: str,
    intent_id: str,
    intent_status: str,
) -> None:
    """Bring an order in line with an event of Stripe; one that nobody understands is recorded."""
    del intent_status  # for the relay, which drops an event that has become known
    try:
        report = stripe_webhooks.fetch_report(
            runtime.payments, intent_id=intent_id, event_type=event_type
        )
        with runtime.db.unit_of_work() as session:
            stripe_webhooks.apply_report(
                session,
                report,
                alerts=AlertThresholds.from_settings(runtime.settings),
            )
            context.mark_done(session)
    except CommerceError as error:
        is_temporary = isinstance(error, Unavailable)
        if is_temporary and not isinstance(error, PaymentNotUnderstood):
            raise
        with runtime.db.unit_of_work() as session:
            stripe_webhooks.record_problem(
                session, event_id=event_id, event_type=event_type, error=error
            )
            context.mark_done(session)


def refund_duplicate(runtime: Runtime, context: JobContext, *, intent_id: str) -> None:
    """Refund the whole amount of an intent whose order was paid by another intent."""
    try:
        runtime.payments.refund(
            intent_id=intent_id,
            reason="duplicate",
            idempotency_key=f"return-{intent_id}",
        )
    except PaymentRequestRefused as error:
        if error.details["stripe_code"] != "charge_already_refunded":
            raise
    with runtime.db.unit_of_work() as session:
        context.mark_done(session)
