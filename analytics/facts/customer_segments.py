"""Segments of customers by recency, frequency and monetary value: of customers, and as a dimension.

A frame of customers has a row for each that has a counted order: `customer`, `last` (the time of
the last one), `orders` (their number), and `amount` (net, in minor units).
"""

import polars as pl

from analytics.facts.line_columns import name_key_column
from webapp.insights.analyses.small_groups import MIN_CUSTOMERS
from webapp.insights.query.definitions import DIMENSIONS

CUSTOMER_SEGMENT = "customer_segment"
SEGMENTS = DIMENSIONS[CUSTOMER_SEGMENT].values
MERGED = "small segments"
SCORES = 5
MIN_FOR_SCORES = SCORES * MIN_CUSTOMERS
"""Customers: enough for each fifth to have a figure of its own."""


def name_segments(customers: pl.DataFrame) -> pl.DataFrame:
    """Add `segment`, one of `SEGMENTS`. Segments of too few customers are one."""
    last_day = pl.col("last").dt.truncate("1d")
    scored = customers.with_columns(
        recency=_score_values(last_day),
        frequency=_score_values(pl.col("orders")),
        monetary=_score_values(pl.col("amount")),
    )
    named = scored.with_columns(segment=_name_segment())
    return _merge_small(named).select(*customers.columns, "segment")


def _score_values(values: pl.Expr) -> pl.Expr:
    """1 to 5 by fifths; equal figures have the lower score."""
    lower = values.rank("min").cast(pl.Int64) - 1
    return lower * SCORES // pl.len().cast(pl.Int64) + 1


def _name_segment() -> pl.Expr:
    """By the score of recency, and the mean of the others."""
    recency = pl.col("recency")
    value = (pl.col("frequency") + pl.col("monetary") + 1) // 2
    is_recent, is_old = recency >= 4, recency <= 2
    return (
        pl.when(is_recent & (value >= 4))
        .then(pl.lit("champions"))
        .when(is_old & (value >= 4))
        .then(pl.lit("at risk"))
        .when(value >= 4)
        .then(pl.lit("loyal"))
        .when(is_recent & (pl.col("orders") == 1))
        .then(pl.lit("new"))
        .when(is_recent)
        .then(pl.lit("promising"))
        .when(~is_old)
        .then(pl.lit("need attention"))
        .when(value >= 2)
        .then(pl.lit("hibernating"))
        .otherwise(pl.lit("lost"))
    )


def _merge_small(customers: pl.DataFrame) -> pl.DataFrame:
    """Segments of too few customers become one, with as many of the next small ones as it takes for
    nothing to follow from the totals."""
    sizes = customers.group_by("segment").len().sort("len", "segment").rows()
    small = [name for name, size in sizes if size < MIN_CUSTOMERS]
    merged = sum(size for _, size in sizes[: len(small)])
    if small and merged < MIN_CUSTOMERS:
        small.append(sizes[len(small)][0])
    return customers.with_columns(
        pl.when(pl.col("segment").is_in(small))
        .then(pl.lit(MERGED))
        .otherwise("segment")
        .alias("segment")
    )


def add_customer_segments(lines: pl.LazyFrame, customers: pl.DataFrame) -> pl.LazyFrame:
    """Add the key of the dimension, by the `segment` of each `customer`."""
    segments = customers.lazy().select("customer", "segment")
    key = (
        pl.when(pl.col("customer").is_null())
        .then(pl.lit("guest"))
        .otherwise(pl.col("segment").fill_null("no counted order"))
        .alias(name_key_column(CUSTOMER_SEGMENT))
    )
    return (
        lines.join(segments, on="customer", how="left")
        .with_columns(key)
        .drop("segment")
    )
