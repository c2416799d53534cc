from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from webapp.catalog.drafts import FlatDraft, ProductDraft, VariantDraft
from webapp.catalog.labels.models import LabelKind
from webapp.catalog.limits import (
    MAX_VARIANTS,
    Attributes,
    Description,
    Label,
    Link,
    Name,
    Options,
    Sku,
    Stock,
    Tags,
)
from webapp.http.schemas import ListQuery
from webapp.kit.json import (
    AmountIn,
    RequestBody,
    example_config,
)
from webapp.kit.money import Currency


class ProductQuery(ListQuery):
    category: Label | None = None


class LabelRenaming(RequestBody):
    model_config = example_config(
        {"kind": "category", "name": "mugs", "newName": "Mugs and cups"}
    )

    kind: LabelKind
    name: Label
    new_name: Label


class VariantChange(RequestBody):
    variant_id: UUID | None = None
    """Identifies an existing variant; without it, the `sku` does."""
    sku: Sku | None = None
    options: Options = {}
    price: AmountIn
    stock: Stock | None = None
    """Units that can be bought. Left out, they stay as they are; a new variant has none."""
    stock_seen: Stock | None = None
    """The `stock` that was read. Sent along with `stock`, only the difference is applied:
    what was sold in between stays sold. Send `version` too, or a repeated request applies
    it twice."""

    def to_draft(self) -> VariantDraft:
        return VariantDraft(
            price_minor=self.price,
            stock=self.stock,
            stock_seen=self.stock_seen,
            sku=self.sku,
            options=self.options,
            variant_id=self.variant_id,
        )


class VariantBody(VariantChange):
    stock: Stock


class ProductFields(RequestBody):
    """Fields of a product itself that an admin edits."""

    name: Name
    description: Description = ""
    brand: Label | None = None
    category: Label
    currency: Currency | None = None
    image_url: Annotated[Link, Field(examples=["/media/a.svg"])] | None = None
    tags: Tags = []
    attributes: Attributes = {}
    is_active: bool = True


class ProductChange(ProductFields):
    """The new state of a product: with `variants`, or flat, with `price` and `stock` of its
    only variant. Without any of these, the variants stay as they are."""

    model_config = example_config(
        {
            "name": "Linen apron",
            "description": "Washed linen, two pockets.",
            "brand": "Nordlys",
            "category": "Kitchen",
            "tags": ["gift"],
            "attributes": {"Care": "30 °C"},
            "variants": [
                {
                    "sku": "APRON-S",
                    "options": {"Size": "S"},
                    "price": 39.5,
                    "stock": 12,
                },
                {"sku": "APRON-L", "options": {"Size": "L"}, "price": 42, "stock": 8},
            ],
        }
    )

    variants: Annotated[Sequence[VariantChange], Field(max_length=MAX_VARIANTS)] = []
    price: AmountIn | None = None
    stock: Stock | None = None
    stock_seen: Stock | None = None
    """As `stockSeen` of a variant."""
    version: int | None = None
    """The version that was read; the change is refused if the product was changed since.
    Left out, changes by others are overwritten silently."""

    @field_validator("price", "stock", "stock_seen")
    @classmethod
    def _is_of_only_variant(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("variants"):
            msg = "leave it out: each of variants has its own"
            raise ValueError(msg)
        return value

    def to_draft(self, *, currency: Currency | None = None) -> ProductDraft:
        """`currency` is the default for a new product that names none."""
        return ProductDraft(
            name=self.name,
            description=self.description,
            brand=self.brand,
            category=self.category,
            currency=self.currency or currency,
            image_url=self.image_url,
            tags=self.tags,
            attributes=self.attributes,
            is_active=self.is_active,
            variants=[variant.to_draft() for variant in self.variants],
            flat=self._flat_draft(),
        )

    def _flat_draft(self) -> FlatDraft | None:
        if self.variants or self.price is self.stock is None:
            return None
        return FlatDraft(self.price, self.stock, self.stock_seen)


class ProductBody(ProductChange):
    """A new product: with `variants`, or flat with `price` and `stock`."""

    model_config = ConfigDict(validate_default=True)

    variants: Annotated[Sequence[VariantBody], Field(max_length=MAX_VARIANTS)] = []

    @field_validator("version")
    @classmethod
    def _is_new(cls, value: int | None) -> int | None:
        if value is not None:
            msg = "leave it out: a new product has none"
            raise ValueError(msg)
        return value

    @field_validator("price", "stock")
    @classmethod
    def _is_given(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and info.data.get("variants") == []:
            msg = "is required without variants"
            raise ValueError(msg)
        return value
