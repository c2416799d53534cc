"""Rows of the product sheet to drafts. Pure.

`ProductReader` makes the best of anybody's file: it trims, renames, guesses a category.
This file is our own, and what it says is meant to the character.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from webapp.imports import references
from webapp.imports.errors import RowRejected
from webapp.imports.products import ProductImportDraft, VariantImportDraft
from webapp.imports.row import Row
from webapp.imports.sheet.row import SheetRow
from webapp.kit.money import Currency

OF_PRODUCT = (
    "name",
    "description",
    "brand",
    "category",
    "image_url",
    "tags",
    "attributes",
)


class SheetReader:
    has_parents = True

    def __init__(self, *, currency: Currency, owners: Mapping[str, str]) -> None:
        """`owners` are references of the products that SKUs belong to."""
        self._currency = currency
        self._owners = owners

    def parse_row(self, row: Row) -> ProductImportDraft:
        """Raises `Unusable` with the first reason there is."""
        if row.problem is not None:
            raise RowRejected(row.problem)
        try:
            line = SheetRow.from_cells(row.values)
        except ValidationError as invalid:
            raise RowRejected(_reason(invalid)) from invalid
        return ProductImportDraft(
            row=row,
            external_ref=self._reference(line),
            fields=self._fields(line),
            variant=_variant(line),
            version=line.version,
            default_currency=self._currency,
        )

    def _reference(self, line: SheetRow) -> str:
        """The id that is given; else the owner of the SKU, which a new product is named by."""
        if line.product_id is None:
            return self._owners.get(line.sku) or references.build_own_reference(
                line.sku
            )
        try:
            return references.build_own_reference(UUID(line.product_id))
        except ValueError:
            return references.build_own_reference(line.product_id)

    @staticmethod
    def _fields(line: SheetRow) -> dict[str, Any]:
        fields = {name: getattr(line, name) for name in OF_PRODUCT}
        if line.currency is not None:
            fields["currency"] = line.currency
        if "is_active" in line.model_fields_set:
            fields["is_active"] = line.is_active
        return fields


def _variant(line: SheetRow) -> VariantImportDraft:
    return VariantImportDraft(
        sku=line.sku,
        options=line.options,
        price_minor=line.price,
        stock=line.stock or 0,
        is_stock_counted=line.stock is not None,
        excludes_held_stock=True,
        stock_seen=line.stock_seen,
    )


def _reason(invalid: ValidationError) -> str:
    first = invalid.errors(
        include_url=False, include_context=False, include_input=False
    )[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"
