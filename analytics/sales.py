"""Sales figures: totals, best sellers, categories. Frames in, frames out.

As in `trends`, each figure has one step that aggregates a partition and one that combines
the results of several.
"""

from collections.abc import Sequence

import polars as pl

from analytics.label_keys import with_category_key
from analytics.measures import MEASURES, SUMS, rounded_ratio, share_percent

PRODUCT_KEY = ("currency", "product")
CATEGORY_KEY = ("currency", "category_key")
LATEST_CATEGORY = pl.col("category").sort_by("at").last()
LATEST_PRODUCT_FIELDS = (
    pl.col("product_id", "sku", "name", "category").sort_by("at").last()
)


def aggregate_totals(lines: pl.LazyFrame) -> pl.LazyFrame:
    return lines.group_by("currency").agg(MEASURES)


def distinct_customers(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Known customers, once per currency: unlike sums, distinct counts do not add up."""
    identified = lines.filter(
        pl.col("customer").is_not_null(), pl.col("kind") == "SALE"
    )
    return identified.select("currency", "customer").unique()


def aggregate_by_product(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Measures by product, with its latest name, SKU and category."""
    return (
        with_product_key(lines)
        .group_by(PRODUCT_KEY)
        .agg(*MEASURES, pl.col("at").max(), LATEST_PRODUCT_FIELDS)
    )


def with_product_key(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Lines with a product key: the variants of a product share it, and a product no longer
    in the catalog is identified by its SKU."""
    product = pl.coalesce("product_id", "sku")
    return lines.filter(product.is_not_null()).with_columns(product=product)


def aggregate_by_category(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Measures by category, with its latest spelling."""
    categorized = with_category_key(lines.filter(pl.col("category").is_not_null()))
    return categorized.group_by(CATEGORY_KEY).agg(
        *MEASURES, pl.col("at").max(), LATEST_CATEGORY
    )


def summarize_sales(
    totals_parts: Sequence[pl.DataFrame], buyers_parts: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """One row per currency, with the average order value and the number of known customers.

    The average is sales, without returns, divided by orders that have a line of kind SALE.
    """
    customers = pl.concat(buyers_parts).unique().group_by("currency").len("customers")
    return (
        pl.concat(totals_parts)
        .group_by("currency")
        .agg(SUMS)
        .join(customers, on="currency", how="left")
        .with_columns(
            pl.col("customers").fill_null(0).cast(pl.Int64),
            average_order_minor=rounded_ratio("sales_minor", "orders"),
        )
        .sort("currency")
    )


def rank_products(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """All products by revenue, highest first, with their share of the total."""
    return (
        pl.concat(parts)
        .group_by(PRODUCT_KEY)
        .agg(*SUMS, LATEST_PRODUCT_FIELDS)
        .with_columns(share_percent=share_percent("revenue_minor"))
        .sort("currency", "revenue_minor", "product", descending=[False, True, False])
    )


def rank_categories(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat(parts)
        .group_by(CATEGORY_KEY)
        .agg(LATEST_CATEGORY, *SUMS)
        .drop("category_key")
        .with_columns(share_percent=share_percent("revenue_minor"))
        .sort("currency", "revenue_minor", "category", descending=[False, True, False])
    )


def top_per_currency(ranked: pl.DataFrame, count: int) -> pl.DataFrame:
    return ranked.group_by("currency", maintain_order=True).head(count)
