from collections.abc import Sequence
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from webapp.catalog.models import Product, Variant
from webapp.catalog.read_models import ProductRow, VariantRow
from webapp.catalog.service import FlatDraft, ProductDraft, VariantDraft
from webapp.http.schemas import (
    Amount,
    AmountIn,
    ListQuery,
    RequestBody,
    ResponseBody,
    Timestamp,
    example_config,
)
from webapp.kit.money import Currency

Name = Annotated[str, Field(min_length=1, max_length=500)]
Stock = Annotated[int, Field(ge=0, le=10_000_000)]
Label = Annotated[str, Field(min_length=1, max_length=200)]
Sku = Annotated[str, Field(min_length=1, max_length=100)]
Link = Annotated[
    str,
    Field(max_length=2000, pattern=r"^(https?://|/)\S*$", examples=["/media/a.svg"]),
]


class ProductQuery(ListQuery):
    category: Annotated[str, Field(max_length=200)] | None = None


class VariantChange(RequestBody):
    variant_id: UUID | None = None
    """Identifies an existing variant; without it, the `sku` does."""
    sku: Sku | None = None
    options: Annotated[dict[Label, Label], Field(max_length=10)] = {}
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
    description: Annotated[str, Field(max_length=20_000)] = ""
    brand: Label | None = None
    category: Label
    currency: Currency | None = None
    image_url: Link | None = None
    tags: Annotated[list[Label], Field(max_length=50)] = []
    attributes: Annotated[dict[Label, Any], Field(max_length=200)] = {}
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

    variants: Annotated[Sequence[VariantChange], Field(max_length=200)] = []
    price: AmountIn | None = None
    stock: Stock | None = None
    stock_seen: Stock | None = None
    """As `stockSeen` of a variant."""
    version: int | None = None
    """The version that was read; the change is refused if the product was changed since.
    Left out, changes by others are overwritten silently."""

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

    variants: Annotated[Sequence[VariantBody], Field(max_length=200)] = []

    @field_validator("price", "stock")
    @classmethod
    def _is_given(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and info.data.get("variants") == []:
            msg = "is required without variants"
            raise ValueError(msg)
        return value


class VariantView(ResponseBody):
    example_values = {
        "variant_id": "0190c5a2-7d3f-7c01-8a52-6e5d4c3b2a19",
        "sku": "APRON-S",
        "options": {"Size": "S"},
        "price": 39_50,
        "stock": 12,
    }

    variant_id: UUID
    sku: str
    options: dict[str, str]
    price: Amount
    stock: int

    @classmethod
    def from_variant(cls, variant: Variant | VariantRow, **extra: Any) -> Self:
        return cls(
            variant_id=variant.id,
            sku=variant.sku,
            options=variant.options,
            price=variant.price_minor,
            stock=variant.stock,
            **extra,
        )


class AdminVariantView(VariantView):
    example_values = {"on_hand": 14, "held": 2}

    on_hand: int
    """Units in the warehouse: `stock` plus `held`."""
    held: int
    """Units reserved for orders that are not paid yet."""

    @classmethod
    def from_variant(cls, variant: Variant | VariantRow, **extra: Any) -> Self:
        return super().from_variant(
            variant, on_hand=variant.on_hand, held=variant.held, **extra
        )


class ProductView(ResponseBody):
    example_values = {
        "product_id": "0190c5a2-7d3e-7b6a-9f10-3c2b1a0d9e8f",
        "name": "Linen apron",
        "description": "Washed linen, two pockets.",
        "brand": "Nordlys",
        "category": "Kitchen",
        "price": 39_50,
        "currency": "USD",
        "stock": 12,
        "image_url": "/media/apron.webp",
        "tags": ["gift"],
        "attributes": {"Care": "30 °C"},
        "is_active": True,
        "version": 1,
        "created_at": "2026-02-02T08:00:00Z",
        "updated_at": "2026-02-02T08:00:00Z",
    }

    product_id: UUID
    name: str
    description: str
    brand: str | None
    category: str
    price: Amount
    """Price of the cheapest variant."""
    currency: str
    stock: int
    """Units of all variants together."""
    image_url: str | None
    tags: list[str]
    attributes: dict[str, Any]
    is_active: bool
    version: int
    variants: Sequence[VariantView]
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def from_product(
        cls,
        product: Product | ProductRow,
        *,
        variant_view: type[VariantView] = VariantView,
        **extra: Any,
    ) -> Self:
        return cls(
            product_id=product.id,
            name=product.name,
            description=product.description,
            brand=product.brand,
            category=product.category,
            price=min((v.price_minor for v in product.variants), default=0),
            currency=product.currency,
            stock=sum(variant.stock for variant in product.variants),
            image_url=product.image_url,
            tags=product.tags,
            attributes=product.attributes,
            is_active=product.is_active,
            version=product.version,
            variants=[
                variant_view.from_variant(variant) for variant in product.variants
            ],
            created_at=product.created_at,
            updated_at=product.updated_at,
            **extra,
        )


class AdminProductView(ProductView):
    """A product as admins see it, on sale (`isActive`) or withdrawn."""

    example_values = {"external_ref": None}

    external_ref: str | None
    """`source:id` of the shop it was imported from."""
    variants: Sequence[AdminVariantView]

    @classmethod
    def from_product(cls, product: Product | ProductRow, **extra: Any) -> Self:
        return super().from_product(
            product,
            variant_view=AdminVariantView,
            external_ref=product.external_ref,
            **extra,
        )


class CategoryView(ResponseBody):
    example_values = {"name": "Kitchen", "count": 42}

    name: str
    count: int


class CategoriesView(ResponseBody):
    items: list[CategoryView]
