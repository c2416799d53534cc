"""The product file format: a row is one variant, with the product that it belongs to."""

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import from_json

from webapp.catalog.limits import Attributes, Label, Options, Sku, Stock, Tags
from webapp.catalog.models import Product, Variant
from webapp.catalog.schemas import ProductFields
from webapp.imports.cells import format_cell
from webapp.kit.json import AmountIn, find_repeated_name
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


def _parse_json(example: str) -> BeforeValidator:
    """Parses the text of a cell as JSON; the error of another text shows the example."""

    def parse(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        if (name := find_repeated_name(cell)) is not None:
            msg = f"{name:.40} is written twice"
            raise ValueError(msg)
        try:
            return from_json(cell, allow_inf_nan=False)
        except ValueError as error:
            msg = f"{cell:.40} is no JSON; write it like {example}"
            raise ValueError(msg) from error

    return BeforeValidator(parse)


class ProductFileRow(ProductFields):
    """A validated row; the API's limits apply, so that it can be edited later."""

    product_id: Label | None = None
    sku: Sku
    tags: Annotated[Tags, _parse_json('["new", "sale"]')] = []
    options: Annotated[Options, _parse_json('{"size": "M"}')] = {}
    attributes: Annotated[Attributes, _parse_json('{"material": "wool"}')] = {}
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
