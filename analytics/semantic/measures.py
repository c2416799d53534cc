"""What the metrics are computed from: sums and distinct counts over facts, one expression each.

All are signed as people say them: returns and refunds are positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from analytics.facts.schemas import LineKind


@dataclass(frozen=True)
class Measure:
    """A figure of a group of lines."""

    lines: pl.Expr
    """Which lines it is of."""
    value: str
    """The column that is summed, or of which distinct values are counted."""
    sign: int = 1
    is_money: bool = False
    """`value` is an amount, which is there in the shop's currency, too."""
    is_distinct: bool = False
    spans_partitions: bool = False
    """For distinct values: whether one may be in several partitions (months)."""
    once: str | None = None
    """For distinct values: a column that is true of one of the lines that have a value. All of them
    are in one group, unless groups or filters are of lines."""


IS_REVENUE = pl.col("is_revenue")


def _of_kind(kind: LineKind) -> pl.Expr:
    return IS_REVENUE & (pl.col("kind") == kind.value)


def _count_orders(lines: pl.Expr) -> Measure:
    return Measure(lines, "order_number", is_distinct=True, once="opens_order")


def _count_customers(lines: pl.Expr) -> Measure:
    return Measure(
        lines & pl.col("customer").is_not_null(),
        *("customer", 1, False),
        is_distinct=True,
        spans_partitions=True,
    )


SALE = pl.col("kind") == LineKind.SALE.value
COUNTED_SALE = _of_kind(LineKind.SALE)
STATUS = pl.col("customer_status")

EVERY = pl.lit(value=True)


def _sum_searches(column: str) -> Measure:
    """Of the counts by day and query (`analytics.facts.searches.QUERY_DAYS`)."""
    return Measure(EVERY, column)


MEASURES: Mapping[str, Measure] = {
    "net_revenue": Measure(IS_REVENUE, "amount_minor", is_money=True),
    "gross_sales": Measure(COUNTED_SALE, "amount_minor", is_money=True),
    "returns": Measure(_of_kind(LineKind.RETURN), "amount_minor", -1, is_money=True),
    "adjustments": Measure(
        _of_kind(LineKind.ADJUSTMENT), "amount_minor", is_money=True
    ),
    "refunds": Measure(_of_kind(LineKind.REFUND), "amount_minor", -1, is_money=True),
    "tax": Measure(IS_REVENUE, "tax_minor", is_money=True),
    "units": Measure(COUNTED_SALE, "quantity"),
    "returned_units": Measure(_of_kind(LineKind.RETURN), "quantity", -1),
    "orders": _count_orders(COUNTED_SALE),
    "guest_orders": _count_orders(COUNTED_SALE & (STATUS == "guest")),
    "placed_orders": _count_orders(SALE),
    "canceled_orders": _count_orders(SALE & (pl.col("status") == "CANCELLED")),
    "refunded_orders": Measure(
        _of_kind(LineKind.REFUND),
        "order_number",
        is_distinct=True,
        spans_partitions=True,
    ),
    "customers": _count_customers(COUNTED_SALE),
    "new_customers": _count_customers(COUNTED_SALE & (STATUS == "new")),
    "returning_customers": _count_customers(COUNTED_SALE & (STATUS == "returning")),
    "searches": _sum_searches("searches"),
    "zero_result_searches": _sum_searches("zero_results"),
    "clicked_searches": _sum_searches("clicked"),
    "search_clicks": _sum_searches("clicks"),
    "search_adds": _sum_searches("adds"),
    "known_visitor_searches": _sum_searches("known_visitors"),
    "ordered_searches": _sum_searches("ordered"),
    "search_orders": _sum_searches("orders"),
}
"""By the name of the metric; a metric that is a ratio has none of its own."""
