"""Parses rows of a product file into what the catalog upserts. Pure: no look-ups in the shop.

There is one format, `ProductFileRow`: rows of this shop's own files are taken as they are, and
those of other shops are mapped to it first.
"""

from dataclasses import dataclass

from pydantic import ValidationError
from pydantic.alias_generators import to_snake

from webapp.catalog.drafts import ProductDetails, ProductUpsert, VariantUpsert
from webapp.imports.errors import RowRejected
from webapp.imports.mapping import ProductFormat, ProductMapping
from webapp.imports.product_row import ProductFileRow
from webapp.imports.row import Row
from webapp.imports.row_mapper import (
    ForeignRowMapper,
    MappedRow,
    OwnRowMapper,
    RowMapper,
)
from webapp.kit.money import Currency


@dataclass(frozen=True, slots=True)
class ProductImportDraft:
    """One parsed row: a product, or one variant of it."""

    row: Row
    product: ProductUpsert
    has_id: bool
    """Whether the row names its product; otherwise the SKU does."""


class ProductReader:
    def __init__(
        self, mapping: ProductMapping | ProductFormat, *, currency: Currency
    ) -> None:
        self._currency = currency
        self._mapper: RowMapper = (
            ForeignRowMapper(mapping, currency=currency)
            if isinstance(mapping, ProductMapping)
            else OwnRowMapper(mapping.decimal, currency=currency)
        )

    def parse_row(self, row: Row) -> ProductImportDraft:
        """Parse a row; raises `RowRejected` with the first reason found."""
        if row.problem is not None:
            raise RowRejected(row.problem)
        mapped = self._mapper.map_row(row.values)
        try:
            cells = ProductFileRow.model_validate(mapped.cells)
        except ValidationError as error:
            raise RowRejected(_format_reason(error)) from error
        product = ProductUpsert(
            reference=mapped.reference,
            details=_build_details(cells),
            variant=_build_variant(cells, mapped),
            version=cells.version,
            default_currency=self._currency,
            has_siblings=mapped.has_siblings,
            kept=frozenset(to_snake(name) for name in mapped.kept),
        )
        return ProductImportDraft(row, product, has_id=cells.product_id is not None)


def _build_details(cells: ProductFileRow) -> ProductDetails:
    return ProductDetails(
        name=cells.name,
        category=cells.category,
        description=cells.description,
        brand=cells.brand,
        image_url=cells.image_url,
        tags=cells.tags,
        attributes=cells.attributes,
        currency=cells.currency,
        is_active=cells.is_active if "is_active" in cells.model_fields_set else None,
    )


def _build_variant(cells: ProductFileRow, mapped: MappedRow) -> VariantUpsert:
    return VariantUpsert(
        sku=cells.sku,
        options=cells.options,
        price_minor=cells.price,
        stock=cells.stock or 0,
        is_stock_counted=cells.stock is not None and mapped.is_stock_counted,
        excludes_held_stock=mapped.excludes_held_stock,
        stock_seen=cells.stock_seen,
    )


def _format_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[
        0
    ]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"
