"""Performance of single products: rising, falling and most returned ones."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from analytics.measures import SUMS
from analytics.sales import LATEST_PRODUCT_FIELDS, PRODUCT_KEY, with_product_key

BIGGEST_FIRST = [False, True, False]


def aggregate_by_half(lines: pl.LazyFrame, *, middle: datetime) -> pl.LazyFrame:
    """Revenue by product before `middle`, and from it on."""
    later = pl.col("at") >= middle
    amount = pl.col("amount_minor")
    return (
        with_product_key(lines)
        .group_by(PRODUCT_KEY)
        .agg(
            amount.filter(~later).sum().alias("earlier_minor"),
            amount.filter(later).sum().alias("later_minor"),
            pl.col("at").max(),
            LATEST_PRODUCT_FIELDS,
        )
    )


def rank_movers(parts: Sequence[pl.DataFrame], count: int) -> pl.DataFrame:
    """By currency, the products whose revenue rose most, then those whose fell most."""
    ranked = (
        pl.concat(parts)
        .group_by(PRODUCT_KEY)
        .agg(pl.col("earlier_minor", "later_minor").sum(), LATEST_PRODUCT_FIELDS)
        .with_columns(change_minor=pl.col("later_minor") - pl.col("earlier_minor"))
        .sort("currency", "change_minor", "product", descending=BIGGEST_FIRST)
    )
    by_currency = ranked.group_by("currency", maintain_order=True)
    rising = by_currency.head(count).filter(pl.col("change_minor") > 0)
    falling = by_currency.tail(count).filter(pl.col("change_minor") < 0)
    return pl.concat([rising, falling])


def rank_most_returned(parts: Sequence[pl.DataFrame], count: int) -> pl.DataFrame:
    """Products by units returned, with the percentage of units sold."""
    rate = (pl.col("returned_units") * 100 / pl.col("units")).round(1)
    return (
        pl.concat(parts)
        .group_by(PRODUCT_KEY)
        .agg(*SUMS, LATEST_PRODUCT_FIELDS)
        .filter(pl.col("returned_units") > 0)
        .with_columns(returned_percent=pl.when(pl.col("units") > 0).then(rate))
        .sort("currency", "returned_units", "product", descending=BIGGEST_FIRST)
        .group_by("currency", maintain_order=True)
        .head(count)
    )
