"""Stripe's webhooks: verified, processed once, through the same steps as the request."""

from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from webapp.adapters.payments.port import (
    PaymentEvent,
    PaymentGateway,
    PaymentIntent,
    RefundReceipt,
)
from webapp.checkout import steps
from webapp.checkout.policy import AlertThresholds
from webapp.checkout.workflow import Checkout
from webapp.db.session import Database
from webapp.orders.errors import OrderNotFound
from webapp.orders.models import Order
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

    Raises `InvalidWebhookSignature` for a delivery that Stripe did not sign, and
    `PaymentUnavailable`, after which Stripe delivers again.
    """
    event = gateway.construct_event(payload=payload, signature=signature)
    with db.unit_of_work() as session:
        if payments.is_event_processed(session, event_id=event.id):
            return
    intent = gateway.retrieve_intent(event.intent_id) if event.intent_id else None
    order_id = _parse_order_id(intent)
    if intent is not None and order_id is not None:
        refunds = gateway.list_refunds(intent.id) if event.is_refund_event else []
        checkout = Checkout(db, gateway, alerts=alerts)
        try:
            _apply_event(checkout, event, order_id, intent, refunds)
        except OrderNotFound:
            # Another shop may share the Stripe account: its intents are left alone.
            log.warning("webhook for an unknown order", intent=intent.id)
            _mark_processed(db, event)
    else:
        _mark_processed(db, event)


def _apply_event(
    checkout: Checkout,
    event: PaymentEvent,
    order_id: UUID,
    intent: PaymentIntent,
    refunds: list[RefundReceipt],
) -> None:
    def reconcile(session: Session, order: Order) -> None:
        steps.reconcile_refunds(session, order, intent_id=intent.id, receipts=refunds)
        payments.mark_event_processed(session, event_id=event.id, event_type=event.type)

    checkout.apply_intent(order_id, intent, before_commit=reconcile)


def _mark_processed(db: Database, event: PaymentEvent) -> None:
    with db.unit_of_work() as session:
        payments.mark_event_processed(session, event_id=event.id, event_type=event.type)


def _parse_order_id(intent: PaymentIntent | None) -> UUID | None:
    try:
        return UUID(intent.order_id) if intent and intent.order_id else None
    except ValueError:
        return None
