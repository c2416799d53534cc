"""The measures every report shows, and how those of two partitions become one.

All of them add up: an order lies whole in one partition (months of `at`), apart from its
refunds, which are no orders.
"""

import polars as pl

from analytics.schemas import LineKind


def _of(kind: LineKind, column: str) -> pl.Expr:
    return pl.col(column).filter(pl.col("kind") == kind.value)


MEASURES = [
    _of(LineKind.SALE, "order_id").n_unique().cast(pl.Int64).alias("orders"),
    _of(LineKind.SALE, "quantity").sum().alias("units"),
    (-_of(LineKind.RETURN, "quantity").sum()).alias("returned_units"),
    _of(LineKind.SALE, "amount_minor").sum().alias("sales_minor"),
    _of(LineKind.RETURN, "amount_minor").sum().alias("returns_minor"),
    _of(LineKind.ADJUSTMENT, "amount_minor").sum().alias("adjustments_minor"),
    _of(LineKind.REFUND, "amount_minor").sum().alias("refunds_minor"),
    pl.col("amount_minor").sum().alias("revenue_minor"),
]
"""`orders` counts those in which something was sold; `revenue_minor` is the sum of the
four amounts before it."""

NAMES = [measure.meta.output_name() for measure in MEASURES]
SUMS = [pl.col(NAMES).sum()]


def share_percent(amount: str) -> pl.Expr:
    """Part of its currency's total in percent; empty where the total is not positive."""
    total = pl.col(amount).sum().over("currency")
    share = (pl.col(amount) * 100 / total).round(2)
    return pl.when(total > 0).then(share)


def rounded_ratio(dividend: str, divisor: str) -> pl.Expr:
    """Integer division to the nearest, a half away from zero; empty where by zero."""
    top, bottom = pl.col(dividend), pl.col(divisor)
    quotient = (2 * top.abs() + bottom) // (2 * bottom) * top.sign()
    return pl.when(bottom > 0).then(quotient)
