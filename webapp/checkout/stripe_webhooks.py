"""Stripe's webhooks: verified, processed once, through the same steps as the request."""

from uuid import UUID

import structlog

from webapp.adapters.payments.port import (
    EventNotUnderstood,
    PaymentEvent,
    PaymentGateway,
    PaymentIntent,
    PaymentNotUnderstood,
)
from webapp.checkout import steps
from webapp.checkout.policy import AlertThresholds
from webapp.db.session import Database
from webapp.kit.errors import CommerceError, Unavailable
from webapp.orders.errors import OrderNotFound
from webapp.payments import service as payments

log = structlog.get_logger()


def handle_stripe_webhook(
    db: Database,
    gateway: PaymentGateway,
    *,
    alerts: AlertThresholds,
    payload: bytes,
    signature: str,
) -> None:
    """Process one delivery. Deliveries repeat, overtake each other and come late, so what
    counts is the current state of the intent and its refunds, not that in the event.

    What Stripe has signed and nobody here understands is recorded for the admins: a repetition
    would not help. Raises `InvalidWebhookSignature` for a delivery that Stripe did not sign,
    and `PaymentUnavailable`, after which Stripe delivers again.
    """
    try:
        event = gateway.construct_event(payload=payload, signature=signature)
    except EventNotUnderstood as error:
        _mark_not_understood(db, error.event_id, error.event_type, error)
        return
    with db.unit_of_work() as session:
        if payments.is_event_processed(session, event_id=event.id):
            return
    try:
        _apply_event(db, gateway, event, alerts=alerts)
    except CommerceError as error:
        is_temporary = isinstance(error, Unavailable)
        if is_temporary and not isinstance(error, PaymentNotUnderstood):
            raise
        _mark_not_understood(db, event.id, event.type, error)


def _apply_event(
    db: Database,
    gateway: PaymentGateway,
    event: PaymentEvent,
    *,
    alerts: AlertThresholds,
) -> None:
    intent = gateway.retrieve_intent(event.intent_id) if event.intent_id else None
    order_id = _parse_order_id(intent)
    if intent is None or order_id is None:
        _mark_processed(db, event)
        return
    refunds = gateway.list_refunds(intent.id) if event.is_refund_event else []
    try:
        with db.unit_of_work() as session:
            order = steps.apply_intent(
                session, order_id=order_id, intent=intent, alerts=alerts
            )
            steps.reconcile_refunds(
                session, order, intent_id=intent.id, receipts=refunds
            )
            payments.mark_event_processed(
                session, event_id=event.id, event_type=event.type
            )
    except OrderNotFound:
        # Another shop may share the Stripe account: its intents are left alone.
        log.warning("webhook for an unknown order", intent=intent.id)
        _mark_processed(db, event)


def _mark_not_understood(
    db: Database, event_id: str, event_type: str, error: CommerceError
) -> None:
    log.error(
        "webhook not understood", event_id=event_id, type=event_type, why=str(error)
    )
    with db.unit_of_work() as session:
        payments.mark_event_not_understood(
            session,
            event_id=event_id,
            event_type=event_type,
            problem=f"{error.code}: {error.message}",
        )


def _mark_processed(db: Database, event: PaymentEvent) -> None:
    with db.unit_of_work() as session:
        payments.mark_event_processed(session, event_id=event.id, event_type=event.type)


def _parse_order_id(intent: PaymentIntent | None) -> UUID | None:
    try:
        return UUID(intent.order_id) if intent and intent.order_id else None
    except ValueError:
        return None
