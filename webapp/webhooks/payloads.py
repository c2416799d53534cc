"""What an integrator is sent: the API's own shapes in an envelope with a version."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from webapp.catalog.schemas import ProductView, VariantView
from webapp.kit.clock import to_unix_ms, utc_now
from webapp.notifications.event_data import EventData
from webapp.orders.schemas import OrderView

VERSION = 1
"""Grows when a field goes or changes its meaning; more fields may come at any time."""


def build_payload(event: str, event_id: UUID, facts: EventData) -> dict[str, Any]:
    return {
        "id": str(event_id),
        "type": event,
        "version": VERSION,
        "createdAt": to_unix_ms(utc_now()),
        "data": {
            name: view.model_dump(mode="json", by_alias=True)
            for name, view in _views(facts).items()
        },
    }


def _views(facts: EventData) -> dict[str, BaseModel]:
    """What is not of the API is left out."""
    views: dict[str, BaseModel] = {}
    if "order" in facts:
        views["order"] = OrderView.from_order(facts["order"])
    if "product" in facts:
        views["product"] = ProductView.from_product(facts["product"])
    if "variant" in facts:
        views["variant"] = VariantView.from_variant(facts["variant"])
    return views
