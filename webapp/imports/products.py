"""Parses rows into product drafts. Pure: only the file's values, no look-ups in the shop."""

import re
from dataclasses import dataclass
from typing import Any

from webapp.catalog.upsert import ProductUpsert, VariantUpsert
from webapp.imports import values
from webapp.imports.attributes import AttributeReader
from webapp.imports.categories import CategoryClassifier
from webapp.imports.columns import Column
from webapp.imports.errors import RowRejected
from webapp.imports.mapping import ProductMapping
from webapp.imports.row import Row
from webapp.kit.money import Currency

# The API's limits: a product that exceeds them could not be edited later.
MAX_LENGTHS = {
    "id": 200,
    "parent": 200,
    "name": 500,
    "description": 20_000,
    "brand": 200,
    "category": 200,
    "sku": 100,
    "image_url": 2_000,
}
WEB_ADDRESS = re.compile(r"(https?://|/)\S*")


@dataclass(frozen=True, slots=True)
class ProductImportDraft:
    """One parsed row: a product, or one variant of it."""

    row: Row
    product: ProductUpsert
    has_id: bool = True
    """Whether the row names its product; otherwise the SKU does."""


class ProductReader:
    def __init__(self, mapping: ProductMapping, *, currency: Currency) -> None:
        self._mapping = mapping
        self._currency = currency
        self._attributes = AttributeReader(mapping.attributes)
        self._categories = CategoryClassifier(
            mapping.categories,
            fallback_columns=mapping.categories_also_in,
            other=mapping.other,
        )

    def parse_row(self, row: Row) -> ProductImportDraft:
        """Parse a row; raises `RowRejected` with the first reason found."""
        if row.problem is not None:
            raise RowRejected(row.problem)
        mapping = self._mapping
        row_id = self._required(mapping.id, row, "id")
        product_id = self._text(mapping.parent, row, "parent") or row_id
        return ProductImportDraft(
            row,
            ProductUpsert(
                reference=f"{mapping.source}:{product_id}",
                fields=self._fields(row),
                variant=self._variant(row, row_id),
                has_siblings=mapping.parent is not None,
            ),
        )

    def _fields(self, row: Row) -> dict[str, Any]:
        mapping = self._mapping
        name = self._required(mapping.name, row, "name")
        fields: dict[str, Any] = {
            "name": name,
            "description": self._text(mapping.description, row, "description") or "",
            "brand": self._text(mapping.brand, row, "brand"),
            "category": self._category(row, name),
            "currency": self._currency_of(row),
            "image_url": self._image_url(row),
            "tags": self._tags(row),
            "attributes": self._attributes.read_attributes(row.values),
        }
        if mapping.active is not None:
            fields["is_active"] = values.parse_bool(
                mapping.active.extract_value(row.values)
            )
        return fields

    def _variant(self, row: Row, row_id: str) -> VariantUpsert:
        mapping = self._mapping
        price = values.parse_amount(
            mapping.price.extract_value(row.values), mapping.price, "price"
        )
        stock = values.parse_integer(mapping.stock.extract_value(row.values), "stock")
        for field, number in (("price", price), ("stock", stock)):
            if number < 0:
                raise RowRejected(f"{field} is negative")
        options = {
            name: text
            for name, column in mapping.options.items()
            if (text := self._text(column, row, name))
        }
        return VariantUpsert(
            sku=self._text(mapping.sku, row, "sku") or f"{mapping.source}-{row_id}",
            options=options,
            price_minor=price,
            stock=stock,
            is_stock_counted=mapping.stock.column is not None,
        )

    def _category(self, row: Row, name: str) -> str:
        given = self._text(self._mapping.category, row, "category")
        return given or self._categories.classify(name, row.values)

    def _currency_of(self, row: Row) -> Currency:
        column = self._mapping.currency
        given = None if column is None else column.extract_value(row.values)
        return self._currency if given is None else values.parse_currency(given)

    def _tags(self, row: Row) -> list[str]:
        text = self._text(self._mapping.tags, row, "tags") or ""
        return [tag for part in text.split(",") if (tag := part.strip())]

    def _image_url(self, row: Row) -> str | None:
        address = self._text(self._mapping.image_url, row, "image_url")
        if address is not None and not WEB_ADDRESS.fullmatch(address):
            raise RowRejected(f"image_url: {address:.40} is not a web address")
        return address

    @staticmethod
    def _text(column: Column | None, row: Row, field: str) -> str | None:
        if column is None:
            return None
        max_length = MAX_LENGTHS.get(field, values.MAX_TEXT_LENGTH)
        return values.parse_text(
            column.extract_value(row.values), field, max_length=max_length
        )

    @staticmethod
    def _required(column: Column, row: Row, field: str) -> str:
        value = column.extract_value(row.values)
        return values.require_text(value, field, max_length=MAX_LENGTHS[field])
