"""The measures of every report, and how those of several partitions are combined.

All of them are additive: an order lies whole in one partition (month of `at`), except its
refunds, which are not counted as orders.
"""

import polars as pl

from analytics.facts.schemas import LineKind


def _filter_kind(kind: LineKind, column: str) -> pl.Expr:
    return pl.col(column).filter(pl.col("kind") == kind.value)


MEASURES = [
    _filter_kind(LineKind.SALE, "order_id").n_unique().cast(pl.Int64).alias("orders"),
    _filter_kind(LineKind.SALE, "quantity").sum().alias("units"),
    (-_filter_kind(LineKind.RETURN, "quantity").sum()).alias("returned_units"),
    _filter_kind(LineKind.SALE, "amount_minor").sum().alias("sales_minor"),
    _filter_kind(LineKind.RETURN, "amount_minor").sum().alias("returns_minor"),
    _filter_kind(LineKind.ADJUSTMENT, "amount_minor").sum().alias("adjustments_minor"),
    _filter_kind(LineKind.REFUND, "amount_minor").sum().alias("refunds_minor"),
    pl.col("amount_minor").sum().alias("revenue_minor"),
]
"""`orders` counts orders that have a line of kind SALE; `revenue_minor` is the sum of the
four amounts before it."""

MEASURE_NAMES = [measure.meta.output_name() for measure in MEASURES]
SUMS = [pl.col(MEASURE_NAMES).sum()]


def share_percent(amount: str) -> pl.Expr:
    """Share of the currency's total in percent; null where the total is not positive."""
    total = pl.col(amount).sum().over("currency")
    share = (pl.col(amount) * 100 / total).round(2)
    return pl.when(total > 0).then(share)


def rounded_ratio(dividend: str, divisor: str) -> pl.Expr:
    """Integer quotient, rounded half away from zero; null where the divisor is not positive."""
    dividend_column, divisor_column = pl.col(dividend), pl.col(divisor)
    quotient = (
        (2 * dividend_column.abs() + divisor_column)
        // (2 * divisor_column)
        * dividend_column.sign()
    )
    return pl.when(divisor_column > 0).then(quotient)
