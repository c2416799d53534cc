"""Read models of products: plain rows, half the cost of mapped objects in a list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class VariantRow(NamedTuple):
    """The columns of a `Variant`, and `stock`: the units that can be bought."""

    product_id: UUID
    id: UUID
    sku: str
    options: dict[str, str]
    price_minor: int
    on_hand: int
    held: int
    stock: int


class ProductRow(NamedTuple):
    """The columns of a `Product`, and its variants."""

    id: UUID
    external_ref: str | None
    name: str
    description: str
    brand: str | None
    category: str
    currency: str
    image_url: str | None
    tags: list[str]
    attributes: dict[str, Any]
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime
    variants: Sequence[VariantRow]


class ProductJson(NamedTuple):
    """A product on sale as the API shows it, with its place in a list."""

    created_at: datetime
    id: UUID
    json: str
