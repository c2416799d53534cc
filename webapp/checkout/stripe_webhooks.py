"""Stripe's news: verified, acted on once, converging on the same steps as the request."""

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
from webapp.checkout.alerts import AlertThresholds
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
    """Act on one delivery. Deliveries repeat, overtake each other and come late, so what
    counts is how the intent and its refunds stand now, not what the event said.

    Raises `WebhookRefused` for one that Stripe did not sign, and `PaymentUnavailable`,
    after which Stripe delivers again.
    """
    event = gateway.construct_event(payload=payload, signature=signature)
    with db.unit_of_work() as session:
        if payments.is_event_processed(session, event_id=event.id):
            return
    intent = gateway.retrieve_intent(event.intent_id) if event.intent_id else None
    order_id = _order_of(intent)
    if intent is not None and order_id is not None:
        refunds = gateway.list_refunds(intent.id) if event.is_refund_event else []
        checkout = Checkout(db, gateway, alerts=alerts)
        try:
            _settle(checkout, event, order_id, intent, refunds)
        except OrderNotFound:
            # Another shop may share the Stripe account: its intents are not ours to touch.
            log.warning("webhook for an unknown order", intent=intent.id)
            _remember(db, event)
    else:
        _remember(db, event)


def _settle(
    checkout: Checkout,
    event: PaymentEvent,
    order_id: UUID,
    intent: PaymentIntent,
    refunds: list[RefundReceipt],
) -> None:
    def remember(session: Session, order: Order) -> None:
        steps.reconcile_refunds(session, order, intent_id=intent.id, receipts=refunds)
        payments.mark_event_processed(session, event_id=event.id, event_type=event.type)

    checkout.apply_intent(order_id, intent, before_commit=remember)


def _remember(db: Database, event: PaymentEvent) -> None:
    with db.unit_of_work() as session:
        payments.mark_event_processed(session, event_id=event.id, event_type=event.type)


def _order_of(intent: PaymentIntent | None) -> UUID | None:
    try:
        return UUID(intent.order_id) if intent and intent.order_id else None
    except ValueError:
        return None
