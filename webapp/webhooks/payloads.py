"""Webhook payloads: the API's response models in a versioned envelope."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import SerializeAsAny

from webapp.catalog.views import ProductView, VariantView
from webapp.kit.clock import utc_now
from webapp.kit.json import Amount, ResponseBody, Timestamp
from webapp.notifications.event_data import (
    EventData,
    OrderEventData,
    RefundEventData,
    StockEventData,
)
from webapp.orders.views import OrderView

VERSION = 1
"""Incremented when a field is removed or changes its meaning; not when one is added."""


class RefundEventView(ResponseBody):
    refund_id: UUID
    """That of `POST /payment/refund`; a refund made at Stripe has one of the shop, too."""
    amount: Amount
    total_refunded: Amount
    """All refunds of the order up to this one."""
    currency: str


class WebhookPayload(ResponseBody):
    id: UUID
    type: str
    version: int
    created_at: Timestamp
    data: Mapping[str, SerializeAsAny[ResponseBody]]


def build_payload(
    event: str, event_id: UUID, data: EventData | None = None
) -> dict[str, Any]:
    payload = WebhookPayload(
        id=event_id,
        type=event,
        version=VERSION,
        created_at=utc_now(),
        data=_build_views(data),
    )
    return payload.model_dump(mode="json")


def _build_views(data: EventData | None) -> dict[str, ResponseBody]:
    """The parts of the data that have a model in the API; the rest is left out."""
    match data:
        case OrderEventData(
            order=order, refunded_minor=total_minor, refund=RefundEventData() as refund
        ):
            return {
                "order": OrderView.from_order(order),
                "refund": RefundEventView(
                    refund_id=refund.id,
                    amount=refund.amount_minor,
                    total_refunded=total_minor,
                    currency=order.currency,
                ),
            }
        case OrderEventData(order=order):
            return {"order": OrderView.from_order(order)}
        case StockEventData(product=product, variant=variant):
            return {
                "product": ProductView.from_product(product),
                "variant": VariantView.from_variant(variant),
            }
        case _:
            return {}
