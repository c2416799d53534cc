"""Rows of the product sheet to drafts. Pure.

`ProductReader` makes the best of anybody's file: it trims, renames, guesses a category.
This file is our own, and what it says is meant to the character.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from webapp.imports import references
from webapp.imports.errors import Unusable
from webapp.imports.products import ProductDraft, VariantDraft
from webapp.imports.row import Row
from webapp.imports.sheet.line import Line
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

    def read(self, row: Row) -> ProductDraft:
        """Raises `Unusable` with the first reason there is."""
        if row.problem is not None:
            raise Unusable(row.problem)
        try:
            line = Line.of(row.values)
        except ValidationError as invalid:
            raise Unusable(_reason(invalid)) from invalid
        return ProductDraft(
            row=row,
            external_ref=self._reference(line),
            fields=self._fields(line),
            variant=_variant(line),
            version=line.version,
            currency_if_new=self._currency,
        )

    def _reference(self, line: Line) -> str:
        """The id that is given; else the owner of the SKU, which a new product is named by."""
        if line.product_id is None:
            return self._owners.get(line.sku) or references.of_own(line.sku)
        try:
            return references.of_own(UUID(line.product_id))
        except ValueError:
            return references.of_own(line.product_id)

    @staticmethod
    def _fields(line: Line) -> dict[str, Any]:
        fields = {name: getattr(line, name) for name in OF_PRODUCT}
        if line.currency is not None:
            fields["currency"] = line.currency
        if "is_active" in line.model_fields_set:
            fields["is_active"] = line.is_active
        return fields


def _variant(line: Line) -> VariantDraft:
    return VariantDraft(
        sku=line.sku,
        options=line.options,
        price_minor=line.price,
        stock=line.stock or 0,
        stock_is_counted=line.stock is not None,
        stock_is_free=True,
        stock_seen=line.stock_seen,
    )


def _reason(invalid: ValidationError) -> str:
    first = invalid.errors(
        include_url=False, include_context=False, include_input=False
    )[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"
