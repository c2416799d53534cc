"""Definition of revenue: only this module decides which lines count.

Revenue is the sum of the line amounts, without tax, of orders that were paid and not
canceled: sales, minus returns (negative lines), plus adjustments, minus refunds. A refund
counts at its own time, a line at the order's. Only the untaxed share of a refund counts, so
that an order refunded in full sums to zero.
"""

import polars as pl

from analytics.facts.schemas import (
    ORDER_LINES,
    PAID_STATUSES,
    UNSOLD_STATUSES,
    LineKind,
)


def is_revenue() -> pl.Expr:
    """Of lines as they were recorded; with `LINE_COLUMNS` it is a column."""
    return pl.col("payment_status").is_in(PAID_STATUSES) & ~pl.col("status").is_in(
        UNSOLD_STATUSES
    )


def build_refund_lines(refunds: pl.LazyFrame) -> pl.LazyFrame:
    """Build order lines of refunds: negative amounts, the share of tax apart.

    Shares are differences of rounded running totals, so that the shares of an order's
    refunds, and of the lines that one names, add up to the share of their sum, to the cent.
    """
    before = pl.col("refunded_so_far_minor") - pl.col("amount_minor")
    untaxed = _without_tax(pl.col("refunded_so_far_minor")) - _without_tax(before)
    tax = pl.col("amount_minor") - untaxed
    return refunds.with_columns(
        kind=pl.lit(LineKind.REFUND.value),
        quantity=pl.lit(0, pl.Int64),
        amount_minor=-untaxed,
        tax_minor=-tax,
        home_amount_minor=-_convert_home(untaxed),
        home_tax_minor=-_convert_home(tax),
    ).select(ORDER_LINES.names())


def _without_tax(refunded: pl.Expr) -> pl.Expr:
    """The share of `refunded` that is not tax; half a cent rounds up."""
    total, subtotal = pl.col("total_minor"), pl.col("subtotal_minor")
    return (2 * refunded * subtotal + total) // (2 * total)


def _convert_home(amount: pl.Expr) -> pl.Expr:
    """A positive amount in the shop's currency; half a cent rounds up."""
    numerator = pl.col("home_numerator").cast(pl.Int128)
    denominator = pl.col("home_denominator").cast(pl.Int128)
    doubled = 2 * amount.cast(pl.Int128) * numerator + denominator
    return (doubled // (2 * denominator)).cast(pl.Int64)
