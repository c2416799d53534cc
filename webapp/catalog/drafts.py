"""The wanted state of products. A draft beyond the limits cannot be built: that is a
`ValidationError`."""

from collections.abc import Sequence
from dataclasses import field
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from pydantic.dataclasses import dataclass

from webapp.catalog.limits import (
    MAX_VARIANTS,
    Attributes,
    Description,
    Label,
    Link,
    Name,
    Options,
    PriceMinor,
    Sku,
    Stock,
    Tags,
)
from webapp.kit.money import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDetails:
    """A product without its variants."""

    name: Name
    category: Label
    description: Description = ""
    brand: Label | None = None
    image_url: Link | None = None
    tags: Tags = field(default_factory=list)
    attributes: Attributes = field(default_factory=dict)
    currency: Currency | None = None
    """`None` leaves it as it is."""
    is_active: bool | None = None
    """`None` leaves it as it is; a new product is active."""

    def list_columns(self) -> dict[str, Any]:
        """Return the columns of `products` to set."""
        columns: dict[str, Any] = {
            "name": self.name,
            "category": self.category,
            "description": self.description,
            "brand": self.brand,
            "image_url": self.image_url,
            "tags": self.tags,
            "attributes": self.attributes,
        }
        if self.currency is not None:
            columns["currency"] = self.currency
        if self.is_active is not None:
            columns["is_active"] = self.is_active
        return columns


@dataclass(frozen=True, slots=True)
class VariantDraft:
    price_minor: PriceMinor | None
    """`None` leaves it as it is; a new variant has a price."""
    stock: Stock | None
    """Units that can be bought, without those held for unpaid orders; `None` leaves them
    as they are, and gives a new variant none."""
    stock_seen: Stock | None = None
    """The `stock` that was read: then only the difference is applied."""
    sku: Sku | None = None
    """`None` leaves it as it is; a new variant gets one."""
    options: Options | None = None
    """`None` leaves them as they are."""
    variant_id: UUID | None = None
    """Identifies an existing variant in a change; without it, the SKU does."""


@dataclass(frozen=True, slots=True)
class FlatDraft:
    """Values of a product's only variant; `None` leaves a value as it is."""

    price_minor: PriceMinor | None
    stock: Stock | None
    stock_seen: Stock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft(ProductDetails):
    variants: Annotated[Sequence[VariantDraft], Field(max_length=MAX_VARIANTS)] = ()
    flat: FlatDraft | None = None
    """Instead of `variants`. Without either, existing variants stay as they are."""


@dataclass(frozen=True, slots=True)
class VariantUpsert:
    sku: Sku
    options: Options
    price_minor: PriceMinor
    stock: Stock
    is_stock_counted: bool
    """Whether `stock` is a count; otherwise it is that of a new variant only."""
    excludes_held_stock: bool = False
    """Whether `stock` excludes units held for orders, as in the API."""
    stock_seen: Stock | None = None
    """The stock when it was read: then only the difference is applied."""


@dataclass(frozen=True, slots=True)
class ProductUpsert:
    """The wanted state of one variant and of its product."""

    reference: str
    """`source:id`; `shop:id` is a product of this shop by its id, if there is one."""
    details: ProductDetails
    variant: VariantUpsert
    version: int | None = None
    """The version that was read; a product changed since is left as it is."""
    default_currency: Currency | None = None
    """The currency of a new product whose `details` have none."""
    has_siblings: bool = False
    """Whether others may be variants of the same product. Without, the only variant of an
    existing product is meant, whatever its SKU is."""
    sets_details: bool = True
    """Whether an existing product gets the `details`: those of its first variant count."""
    kept: frozenset[str] = frozenset()
    """Columns that an existing product and variant keep, whatever `details` and `variant` have."""
