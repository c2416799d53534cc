"""Maps rows of any file to the columns of the product format. Pure.

Files of other shops are read leniently: texts are trimmed, attributes renamed and categories
guessed. This shop's own files are taken exactly.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from webapp.catalog.references import OWN_SOURCE, build_own_reference
from webapp.imports import values
from webapp.imports.attributes import AttributeReader
from webapp.imports.categories import CategoryClassifier
from webapp.imports.cells import unescape_formula
from webapp.imports.columns import RowValues
from webapp.imports.mapping import OTHER_CATEGORY, ProductMapping
from webapp.kit.money import Currency, to_major


@dataclass(frozen=True, slots=True)
class MappedRow:
    cells: Mapping[str, Any]
    """Values by the names of the format's columns, without empty ones."""
    reference: str
    """Of the product: `source:id`."""
    has_siblings: bool
    """Whether other rows may be variants of the same product."""
    is_stock_counted: bool
    """Whether the stock of an existing variant is set too."""
    excludes_held_stock: bool
    """Whether the stock excludes units held for orders."""


class RowMapper(Protocol):
    def map_row(self, row: RowValues) -> MappedRow:
        """Raises `RowRejected`."""
        ...


class OwnRowMapper:
    """Reads rows that have the format's columns; those that are `None` are not in the file."""

    def map_row(self, row: RowValues) -> MappedRow:
        cells = {
            name: _read_cell(value)
            for name, value in row.items()
            if value is not None and value != ""
        }
        product_id = cells.get("productId")
        has_sku = row.get("sku") is not None
        if not has_sku and product_id is not None:
            cells["sku"] = f"{OWN_SOURCE}-{product_id}"
        if row.get("category") is None:
            cells["category"] = OTHER_CATEGORY
        return MappedRow(
            cells,
            _build_reference(str(product_id or cells.get("sku"))),
            has_siblings=has_sku,
            is_stock_counted=True,
            excludes_held_stock=True,
        )


def _read_cell(value: Any) -> Any:
    """Read a cell of CSV, or the like of it in JSON: a number is written as text there."""
    if isinstance(value, str):
        return unescape_formula(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Mapping):
        return json.loads(json.dumps(value, default=_convert_to_json))
    return value


def _convert_to_json(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)


def _build_reference(given: str) -> str:
    values.reject_longer(given, "productId", values.MAX_REFERENCE_LENGTH)
    try:
        return build_own_reference(UUID(given))
    except ValueError:
        return build_own_reference(given)


class ForeignRowMapper:
    """Reads rows of another shop by a mapping."""

    def __init__(self, mapping: ProductMapping, *, currency: Currency) -> None:
        self._mapping = mapping
        self._currency = currency
        self._attributes = AttributeReader(mapping.attributes)
        self._categories = CategoryClassifier(
            mapping.categories,
            fallback_columns=mapping.categories_also_in,
            other=mapping.other,
        )

    def map_row(self, row: RowValues) -> MappedRow:
        mapping = self._mapping
        row_id = values.require_reference(mapping.id.extract_value(row), "id")
        product_id = values.extract_reference(mapping.parent, row, "parent") or row_id
        cells = {
            "productId": product_id,
            "sku": values.extract_text(mapping.sku, row, "sku")
            or f"{mapping.source}-{row_id}",
            **self._product_cells(row),
            **self._variant_cells(row),
        }
        return MappedRow(
            {name: cell for name, cell in cells.items() if cell is not None},
            f"{mapping.source}:{product_id}",
            has_siblings=mapping.parent is not None,
            is_stock_counted=mapping.stock.column is not None,
            excludes_held_stock=False,
        )

    def _product_cells(self, row: RowValues) -> dict[str, Any]:
        mapping = self._mapping
        name = values.require_text(mapping.name.extract_value(row), "name")
        category = values.extract_text(mapping.category, row, "category")
        active = mapping.active
        return {
            "name": name,
            "description": values.extract_text(mapping.description, row, "description"),
            "brand": values.extract_text(mapping.brand, row, "brand"),
            "category": category or self._categories.classify(name, row),
            "currency": self._read_currency(row),
            "imageUrl": values.extract_text(mapping.image_url, row, "image_url"),
            "tags": self._list_tags(row),
            "attributes": self._attributes.read_attributes(row),
            "isActive": active and values.parse_bool(active.extract_value(row)),
        }

    def _variant_cells(self, row: RowValues) -> dict[str, Any]:
        mapping = self._mapping
        options = {
            name: values.extract_text(column, row, name)
            for name, column in mapping.options.items()
        }
        price = values.parse_amount(
            mapping.price.extract_value(row), mapping.price, "price"
        )
        return {
            "options": {name: text for name, text in options.items() if text},
            "price": to_major(price),
            "stock": values.parse_integer(mapping.stock.extract_value(row), "stock"),
        }

    def _read_currency(self, row: RowValues) -> Currency:
        column = self._mapping.currency
        given = None if column is None else column.extract_value(row)
        return self._currency if given is None else values.parse_currency(given)

    def _list_tags(self, row: RowValues) -> list[str]:
        text = values.extract_text(self._mapping.tags, row, "tags") or ""
        return [tag for part in text.split(",") if (tag := part.strip())]
