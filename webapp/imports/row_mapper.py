"""Maps rows of any file to the columns of the product format. Pure.

Files of other shops are read leniently: texts are trimmed, attributes renamed and categories
guessed. This shop's own files are taken exactly.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from webapp.catalog.references import OWN_SOURCE, build_own_reference
from webapp.imports import values
from webapp.imports.attributes import AttributeReader
from webapp.imports.booleans import parse_bool
from webapp.imports.categories import CategoryClassifier
from webapp.imports.columns import RowValues
from webapp.imports.errors import RowRejected
from webapp.imports.mapping import OTHER_CATEGORY, ProductMapping
from webapp.imports.numbers import DecimalSeparator
from webapp.imports.product_row import COLUMNS
from webapp.imports.row import is_blank
from webapp.kit.formula_cells import unescape_formula
from webapp.kit.money import Currency, to_major

NUMBERS = ("price", "stock", "stockSeen", "version")
NOT_TEXTS = (*NUMBERS, "currency", "isActive", "tags", "options", "attributes")


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
    kept: frozenset[str]
    """The format's columns that an existing product and variant keep: they are not in the file."""


class RowMapper(Protocol):
    def map_row(self, row: RowValues) -> MappedRow:
        """Raises `RowRejected`."""
        ...


class OwnRowMapper:
    """Reads rows that have the format's columns; those that are `None` are not in the file."""

    def __init__(
        self, decimal: DecimalSeparator | None = None, *, currency: Currency
    ) -> None:
        self._decimal = decimal
        self._currency = currency

    def map_row(self, row: RowValues) -> MappedRow:
        cells = {
            name: _read_cell(value, name)
            for name in COLUMNS
            if not _is_empty(value := row.get(name), name)
        }
        cells |= self._read_numbers(cells)
        if "isActive" in cells:
            cells["isActive"] = parse_bool(cells["isActive"], "isActive")
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
            kept=frozenset(name for name in COLUMNS if row.get(name) is None),
        )

    def _read_numbers(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        numbers: dict[str, Any] = {
            name: values.parse_integer(cells[name], name, decimal=self._decimal)
            for name in ("stock", "stockSeen", "version")
            if name in cells
        }
        given = (
            values.parse_currency(cells["currency"]) if "currency" in cells else None
        )
        if "price" in cells:
            price = values.parse_price(cells["price"], "price", decimal=self._decimal)
            numbers["price"] = to_major(price.minor)
            given = values.choose_currency(price, given, default=self._currency)
        return numbers if given is None else {**numbers, "currency": given}


def _is_empty(value: Any, name: str) -> bool:
    """Whether a cell says nothing. A text of blanks does; the limits of texts reject it."""
    return is_blank(value) if name in NOT_TEXTS else value is None or value == ""


def _read_cell(value: Any, name: str) -> Any:
    """Read a cell of CSV, or the like of it in JSON or a spreadsheet."""
    values.reject_cell_error(value, name)
    if isinstance(value, date) and name not in NUMBERS:
        raise RowRejected(
            f"{name}: {value:%Y-%m-%d} is a date, as the spreadsheet has it: make the column "
            "one of text and write the value again"
        )
    if isinstance(value, str):
        return unescape_formula(value)
    if isinstance(value, Mapping):
        return json.loads(json.dumps(value, default=_convert_to_json))
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return str(value) if is_number and name not in NUMBERS else value


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
        self._kept = frozenset(_list_unmapped(mapping))

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
            kept=self._kept,
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
            "imageUrl": values.extract_text(mapping.image_url, row, "image_url"),
            "tags": self._list_tags(row),
            "attributes": self._attributes.read_attributes(row),
            "isActive": active and parse_bool(active.extract_value(row), "active"),
        }

    def _variant_cells(self, row: RowValues) -> dict[str, Any]:
        mapping = self._mapping
        options = {
            name: values.extract_text(column, row, name)
            for name, column in mapping.options.items()
        }
        decimal = mapping.price.decimal or mapping.decimal
        price = values.parse_price(
            mapping.price.extract_value(row),
            "price",
            decimal=decimal,
            unit=mapping.price.unit,
        )
        return {
            "options": {name: text for name, text in options.items() if text},
            "price": to_major(price.minor),
            "currency": self._read_currency(row, price),
            "stock": values.parse_integer(
                mapping.stock.extract_value(row),
                "stock",
                decimal=mapping.stock.decimal or mapping.decimal,
            ),
        }

    def _read_currency(self, row: RowValues, price: values.Price) -> Currency:
        column = self._mapping.currency
        written = None if column is None else column.extract_value(row)
        given = None if written is None else values.parse_currency(written)
        chosen = values.choose_currency(price, given, default=self._currency)
        return chosen or self._currency

    def _list_tags(self, row: RowValues) -> list[str]:
        text = values.extract_text(self._mapping.tags, row, "tags") or ""
        return [tag for part in text.split(",") if (tag := part.strip())]


def _list_unmapped(mapping: ProductMapping) -> Iterator[str]:
    """Yield the format's columns that the mapping has no column for."""
    for name, column in (
        ("description", mapping.description),
        ("brand", mapping.brand),
        ("imageUrl", mapping.image_url),
        ("tags", mapping.tags),
        ("options", mapping.options),
        ("attributes", mapping.attributes.column or mapping.attributes.columns),
    ):
        if not column:
            yield name
