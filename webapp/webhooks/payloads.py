"""Webhook payloads: the API's response models in a versioned envelope."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from webapp.catalog.views import ProductView, VariantView
from webapp.kit.clock import to_unix_ms, utc_now
from webapp.notifications.event_data import (
    EventData,
    OrderEventData,
    StockEventData,
)
from webapp.orders.views import OrderView

VERSION = 1
"""Incremented when a field is removed or changes its meaning; not when one is added."""


def build_payload(
    event: str, event_id: UUID, data: EventData | None = None
) -> dict[str, Any]:
    return {
        "id": str(event_id),
        "type": event,
        "version": VERSION,
        "createdAt": to_unix_ms(utc_now()),
        "data": {
            name: view.model_dump(mode="json", by_alias=True)
            for name, view in _views(data).items()
        },
    }


def _views(data: EventData | None) -> dict[str, BaseModel]:
    """The parts of the data that have a model in the API; the rest is left out."""
    match data:
        case OrderEventData(order=order):
            return {"order": OrderView.from_order(order)}
        case StockEventData(product=product, variant=variant):
            return {
                "product": ProductView.from_product(product),
                "variant": VariantView.from_variant(variant),
            }
        case _:
            return {}
