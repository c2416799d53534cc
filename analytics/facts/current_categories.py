"""The category that each product has now, whatever it was when the product was ordered."""

from typing import Any

import polars as pl
from sqlalchemy import Select, Text, cast, select, union_all
from sqlalchemy.orm import Session

from analytics.facts.copying import fetch_frame
from analytics.facts.label_keys import build_label_keys
from analytics.facts.line_columns import IS_APART, name_key_column
from webapp.catalog.models import Product, Variant
from webapp.insights.query.definitions import NONE, NOT_ATTRIBUTED

CURRENT_CATEGORY = "current_category"
PRODUCT_KEY = name_key_column("product")
CATALOG_CATEGORIES = pl.Schema(
    {PRODUCT_KEY: pl.String(), CURRENT_CATEGORY: pl.String()}
)
"""One row per product, by its id, and one per variant, by the SKU that lines have whose product is
not known."""


def load_current_categories(session: Session) -> pl.DataFrame:
    """Of the products that exist, in the snapshot that the session's transaction sees; with keys
    (`key_current_categories`)."""
    by_product = select(cast(Product.id, Text), Product.category)
    by_sku = select(Variant.sku, Product.category).join(
        Product, Product.id == Variant.product_id
    )
    both = union_all(by_product, by_sku).subquery()
    statement: Select[Any] = select(both)
    return key_current_categories(fetch_frame(session, statement, CATALOG_CATEGORIES))


def key_current_categories(categories: pl.DataFrame) -> pl.DataFrame:
    """`CATALOG_CATEGORIES` with the keys of the categories, equal for all spellings, in the column
    `key`."""
    key = build_label_keys(CURRENT_CATEGORY).replace("", NONE).fill_null(NONE)
    return categories.with_columns(key=key).unique(
        PRODUCT_KEY, keep="first", maintain_order=True
    )


def add_current_categories(
    lines: pl.LazyFrame, categories: pl.DataFrame
) -> pl.LazyFrame:
    """Add the key of the dimension. A product that exists no more has no category now."""
    known = pl.col(PRODUCT_KEY).replace_strict(
        categories[PRODUCT_KEY],
        categories["key"],
        default=NONE,
        return_dtype=pl.String,
    )
    key = pl.when(IS_APART).then(pl.lit(NOT_ATTRIBUTED)).otherwise(known)
    return lines.with_columns(key.alias(name_key_column(CURRENT_CATEGORY)))
