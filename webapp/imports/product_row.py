"""The product file format: a row is one variant, with the product that it belongs to."""

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import from_json

from webapp.catalog.limits import Attributes, Label, Options, Sku, Stock, Tags
from webapp.catalog.models import Product, Variant
from webapp.catalog.schemas import ProductFields
from webapp.imports.cells import format_cell
from webapp.kit.json import AmountIn
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


def _parse_json(cell: object) -> object:
    return from_json(cell, allow_inf_nan=False) if isinstance(cell, str) else cell


class ProductFileRow(ProductFields):
    """A validated row; the API's limits apply, so that it can be edited later."""

    product_id: Label | None = None
    sku: Sku
    tags: Annotated[Tags, BeforeValidator(_parse_json)] = []
    options: Annotated[Options, BeforeValidator(_parse_json)] = {}
    attributes: Annotated[Attributes, BeforeValidator(_parse_json)] = {}
    price: AmountIn
    stock: Stock | None = None
    stock_seen: Stock | None = None
    version: int | None = None


def build_cells(product: Product, variant: Variant) -> list[str]:
    """Build the cells of a variant, in the order of `COLUMNS`."""
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
        variant.stock,  # stockSeen: stays as exported when `stock` is edited
        product.version,
    )
    return [format_cell(value) for value in values]
