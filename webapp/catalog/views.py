"""Products as JSON, for every entry point."""

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from webapp.catalog.models import Product, Variant
from webapp.catalog.read_models import ProductRow, VariantRow
from webapp.kit.json import Amount, ResponseBody, Timestamp


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
            price=_lowest_price(product),
            currency=product.currency,
            stock=_count_units(product),
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


class ProductSummaryView(ResponseBody):
    """A product as it appears in a conversation."""

    product_id: UUID
    name: str
    brand: str | None
    category: str
    price: Amount
    """Price of the cheapest variant."""
    currency: str
    stock: int
    """Units of all variants together."""
    image_url: str | None
    has_variants: bool
    """Whether there are several to choose from."""

    @classmethod
    def from_product(cls, product: Product | ProductRow, **extra: Any) -> Self:
        return cls(
            product_id=product.id,
            name=product.name,
            brand=product.brand,
            category=product.category,
            price=_lowest_price(product),
            currency=product.currency,
            stock=_count_units(product),
            image_url=product.image_url,
            has_variants=len(product.variants) > 1,
            **extra,
        )


class ProductDetailView(ProductSummaryView):
    description: str
    tags: list[str]
    attributes: dict[str, Any]
    variants: Sequence[VariantView]

    @classmethod
    def from_product(
        cls,
        product: Product | ProductRow,
        *,
        max_description: int | None = None,
        **extra: Any,
    ) -> Self:
        return super().from_product(
            product,
            description=product.description[:max_description],
            tags=product.tags,
            attributes=product.attributes,
            variants=[VariantView.from_variant(each) for each in product.variants],
            **extra,
        )


def _lowest_price(product: Product | ProductRow) -> int:
    return min((variant.price_minor for variant in product.variants), default=0)


def _count_units(product: Product | ProductRow) -> int:
    return sum(variant.stock for variant in product.variants)


class CategoryView(ResponseBody):
    example_values = {"name": "Kitchen", "count": 42}

    name: str
    count: int


class CategoriesView(ResponseBody):
    items: list[CategoryView]


class RenamedLabelView(ResponseBody):
    example_values = {"name": "Mugs and cups", "changed_products": 3}

    name: str
    changed_products: int
