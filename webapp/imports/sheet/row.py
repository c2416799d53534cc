"""A line of the product sheet: one variant, and the product that it belongs to."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field
from pydantic_core import from_json

from webapp.catalog.models import Product, Variant
from webapp.catalog.schemas import Label, ProductFields, Sku, Stock
from webapp.http.schemas import AmountIn
from webapp.imports.sheet.cells import format_cell, unescape_formula
from webapp.kit.money import to_major

COLUMNS = (
    "productId",
    "sku",
    "name",
    "description",
    "brand",
    "category",
    "currency",
    "imageUrl",
    "tags",
    "isActive",
    "options",
    "attributes",
    "price",
    "stock",
    "stockSeen",
    "version",
)
OPTIONAL_COLUMNS = {
    "productId",
    "currency",
    "isActive",
    "stock",
    "stockSeen",
    "version",
}
"""Columns that a file may be without; without another one it would empty that field."""


def _json(cell: object) -> object:
    return from_json(cell, allow_inf_nan=False) if isinstance(cell, str) else cell


class SheetRow(ProductFields):
    """A row as it must be: what the API would refuse could not be edited later."""

    product_id: Label | None = None
    sku: Sku
    tags: Annotated[list[Label], Field(max_length=50), BeforeValidator(_json)] = []
    options: Annotated[
        dict[Label, Label], Field(max_length=10), BeforeValidator(_json)
    ] = {}
    attributes: Annotated[
        dict[Label, Any], Field(max_length=200), BeforeValidator(_json)
    ] = {}
    price: AmountIn
    stock: Stock | None = None
    stock_seen: Stock | None = None
    version: int | None = None

    @classmethod
    def from_cells(cls, cells: Mapping[str, str]) -> Self:
        """An empty cell says nothing; what follows is up to the field."""
        return cls.model_validate(
            {name: unescape_formula(cell) for name, cell in cells.items() if cell}
        )


def build_cells(product: Product, variant: Variant) -> list[str]:
    """In the order of `COLUMNS`."""
    values = (
        product.id,
        variant.sku,
        product.name,
        product.description,
        product.brand,
        product.category,
        product.currency,
        product.image_url,
        product.tags,
        product.is_active,
        variant.options,
        product.attributes,
        to_major(variant.price_minor),
        variant.stock,
        variant.stock,  # what is seen: whoever writes another stock leaves it
        product.version,
    )
    return [format_cell(value) for value in values]
