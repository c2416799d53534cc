"""Schemas of the frames. Every frame that enters this package has one of them.

Money is in whole minor units of `currency`; timestamps are UTC to the microsecond.
"""

from enum import StrEnum

import polars as pl

TIMESTAMP = pl.Datetime("us", "UTC")

ORDER_LINES = pl.Schema(
    {
        "order_id": pl.String(),
        "at": TIMESTAMP,
        "kind": pl.String(),
        "status": pl.String(),
        "payment_status": pl.String(),
        "currency": pl.String(),
        "customer": pl.String(),
        "product_id": pl.String(),
        "sku": pl.String(),
        "name": pl.String(),
        "category": pl.String(),
        "quantity": pl.Int64(),
        "amount_minor": pl.Int64(),
    }
)
"""One row per line of an order, and one per refund of it (`kind` REFUND, no product).

`customer` is null for a guest; `amount_minor` is signed and without tax.
"""

REFUNDS = pl.Schema(
    {
        "order_id": pl.String(),
        "at": TIMESTAMP,
        "status": pl.String(),
        "payment_status": pl.String(),
        "currency": pl.String(),
        "customer": pl.String(),
        "amount_minor": pl.Int64(),
        "refunded_so_far_minor": pl.Int64(),
        "subtotal_minor": pl.Int64(),
        "total_minor": pl.Int64(),
    }
)
"""Refunds as paid back, tax included; `refunded_so_far_minor` includes the row's own."""


class LineKind(StrEnum):
    SALE = "SALE"
    RETURN = "RETURN"
    ADJUSTMENT = "ADJUSTMENT"
    REFUND = "REFUND"


# Statuses in which the customer has paid; an authorization alone is not revenue.
PAID_STATUSES = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")
# A canceled order was never a sale, whether or not its payment was refunded.
UNSOLD_STATUSES = ("PENDING", "REQUIRES_ACTION", "PAYMENT_FAILED", "CANCELLED")
