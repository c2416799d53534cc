from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class CartRow(NamedTuple):
    """A line of a cart, with what it is a line of as that is at this moment."""

    product_id: UUID
    variant_id: UUID
    name: str
    sku: str
    category: str
    image_url: str | None
    options: dict[str, str]
    currency: str
    is_active: bool
    quantity: int
    seen_price_minor: int
    """What it cost when it was put into the cart."""
    price_minor: int
    stock: int
    added_at: datetime
