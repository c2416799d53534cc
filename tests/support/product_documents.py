"""Factory of search documents: a test gives the fields that it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.adapters.search.port import ProductDocument
from webapp.kit.ids import new_id

_LAUNCH = datetime(2026, 1, 1, tzinfo=UTC)


def product_document(
    name: str, *, age_days: int = 0, **overrides: Any
) -> ProductDocument:
    defaults: dict[str, Any] = {
        "product_id": new_id(),
        "version": 1,
        "name": name,
        "brand": None,
        "description": "",
        "category": "Things",
        "tags": (),
        "attributes": "",
        "codes": (),
        "price_minor": 1000,
        "in_stock": True,
        "created_at": _LAUNCH - timedelta(days=age_days),
    }
    return ProductDocument(**(defaults | overrides))
