"""Stripe's webhooks: verified, acknowledged, and applied once by a job, through the same steps as
the request.

Nearly every event tells what the response to the charge has told already: one statement sees that.
Whatever is left is enqueued in the transaction that records the event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from webapp.adapters.payments.port import (
    EventNotUnderstood,
    PaymentGateway,
    PaymentIntent,
    RefundReceipt,
    is_refund_event,
)
from webapp.checkout import steps
from webapp.checkout.policy import AlertThresholds
from webapp.db.session import Database
from webapp.kit.errors import CommerceError
from webapp.orders.errors import OrderNotFound
from webapp.payments import service as payments

log = structlog.get_logger()


def receive_webhook(
    db: Database, gateway: PaymentGateway, *, payload: bytes, signature: str
) -> None:
    """Acknowledge one delivery: enqueue its event, unless it tells nothing new.

    What Stripe has signed and nobody here understands is recorded for the admins: a repetition
    would not help. Raises `InvalidWebhookSignature` for a delivery that Stripe did not sign.
    """
    try:
        event = gateway.construct_event(payload=payload, signature=signature)
    except EventNotUnderstood as error:
        with db.unit_of_work() as session:
            record_problem(
                session,
                event_id=error.event_id,
                event_type=error.event_type,
                error=error,
            )
        return
    with db.autocommit() as session:
        payments.receive_event(session, event)


@dataclass(frozen=True)
class IntentReport:
    """An intent and its refunds as they are at Stripe now."""

    intent: PaymentIntent
    refunds: Sequence[RefundReceipt]

    @property
    def order_id(self) -> UUID | None:
        """`None` for an intent of somebody who shares the Stripe account."""
        try:
            return UUID(self.intent.order_id) if self.intent.order_id else None
        except ValueError:
            return None


def fetch_report(
    gateway: PaymentGateway, *, intent_id: str, event_type: str
) -> IntentReport:
    """Deliveries repeat, overtake each other and come late, so what counts is the current state of
    the intent and its refunds, not that in the event.

    Raises `PaymentUnavailable`, `PaymentNotUnderstood` and `PaymentRequestRefused`.
    """
    intent = gateway.retrieve_intent(intent_id)
    report = IntentReport(intent, refunds=())
    if report.order_id is None or not is_refund_event(event_type):
        return report
    return IntentReport(intent, gateway.list_refunds(intent_id))


def apply_report(
    session: Session, report: IntentReport, *, alerts: AlertThresholds
) -> None:
    """Bring the intent's order in line with the report. Idempotent."""
    if report.order_id is None:
        return
    try:
        order = steps.apply_intent(
            session, order_id=report.order_id, intent=report.intent, alerts=alerts
        )
    except OrderNotFound:
        # Another shop may share the Stripe account: its intents are left alone.
        log.warning("webhook for an unknown order", intent=report.intent.id)
        return
    steps.reconcile_refunds(
        session, order, intent_id=report.intent.id, receipts=report.refunds
    )


def record_problem(
    session: Session, *, event_id: str, event_type: str, error: CommerceError
) -> None:
    """Record an event about which nothing can be done, for the admins."""
    log.error(
        "webhook not understood", event_id=event_id, type=event_type, why=str(error)
    )
    payments.mark_event_not_understood(
        session,
        event_id=event_id,
        event_type=event_type,
        problem=f"{error.code}: {error.message}",
    )
