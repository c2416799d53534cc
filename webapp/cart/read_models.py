from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class CartRow(NamedTuple):
    """A cart line joined with its product and variant as they are now."""

    product_id: UUID
    variant_id: UUID
    name: str
    sku: str
    category: str
    brand: str | None
    tags: list[str]
    image_url: str | None
    options: dict[str, str]
    currency: str
    is_active: bool
    quantity: int
    added_price_minor: int
    """The price when it was added to the cart."""
    seen_price_minor: int
    """The price that the customer was last shown."""
    price_minor: int
    stock: int
    added_at: datetime
