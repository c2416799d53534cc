"""Parses rows of the product sheet into drafts. Pure.

`ProductReader` is lenient with files of any origin: it trims, renames and guesses a
category. The product sheet is this shop's own export, so its values are taken exactly.
"""

from typing import Any
from uuid import UUID

from pydantic import ValidationError

from webapp.catalog.references import build_own_reference
from webapp.catalog.upsert import ProductUpsert, VariantUpsert
from webapp.imports.errors import RowRejected
from webapp.imports.products import ProductImportDraft
from webapp.imports.row import Row
from webapp.imports.sheet.row import SheetRow
from webapp.kit.money import Currency

PRODUCT_FIELDS = (
    "name",
    "description",
    "brand",
    "category",
    "image_url",
    "tags",
    "attributes",
)


class SheetReader:
    def __init__(self, *, currency: Currency) -> None:
        self._currency = currency

    def parse_row(self, row: Row) -> ProductImportDraft:
        """Parse a row; raises `RowRejected` with the first reason found."""
        if row.problem is not None:
            raise RowRejected(row.problem)
        try:
            cells = SheetRow.from_cells(row.values)
        except ValidationError as error:
            raise RowRejected(_reason(error)) from error
        product = ProductUpsert(
            reference=_build_reference(cells.product_id or cells.sku),
            fields=self._fields(cells),
            variant=_variant(cells),
            version=cells.version,
            default_currency=self._currency,
            has_siblings=True,
        )
        return ProductImportDraft(row, product, has_id=cells.product_id is not None)

    @staticmethod
    def _fields(cells: SheetRow) -> dict[str, Any]:
        fields = {name: getattr(cells, name) for name in PRODUCT_FIELDS}
        if cells.currency is not None:
            fields["currency"] = cells.currency
        if "is_active" in cells.model_fields_set:
            fields["is_active"] = cells.is_active
        return fields


def _build_reference(given: str) -> str:
    try:
        return build_own_reference(UUID(given))
    except ValueError:
        return build_own_reference(given)


def _variant(cells: SheetRow) -> VariantUpsert:
    return VariantUpsert(
        sku=cells.sku,
        options=cells.options,
        price_minor=cells.price,
        stock=cells.stock or 0,
        is_stock_counted=cells.stock is not None,
        excludes_held_stock=True,
        stock_seen=cells.stock_seen,
    )


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[
        0
    ]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"
