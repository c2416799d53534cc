"""Loads the data of an event by the ids in the arguments of its job."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.db import outbox
from webapp.orders import service as orders
from webapp.payments import service as payments

EventData = dict[str, Any]
"""`order` and `refunded_minor`, `product` and `variant`, or `job`: the input of mail templates
and webhook payloads."""


def load_event_data(session: Session, subject: dict[str, str]) -> EventData:
    """Raises `NotFound` for what no longer exists."""
    data: EventData = {}
    if "order_id" in subject:
        data |= _order(session, UUID(subject["order_id"]))
    if "variant_id" in subject:
        product = catalog.require_product(
            session, product_id=UUID(subject["product_id"]), active_only=False
        )
        data["product"] = product
        data["variant"] = catalog.choose_variant(
            product, variant_id=UUID(subject["variant_id"])
        )
    if "message_id" in subject:
        data["job"] = outbox.require_message(session, UUID(subject["message_id"]))
    return data


def _order(session: Session, order_id: UUID) -> EventData:
    payment = payments.find_payment(session, order_id=order_id)
    return {
        "order": orders.require_order_unscoped(session, order_id=order_id),
        "refunded_minor": payment.refunded_minor if payment is not None else 0,
    }
