"""What the frames hold. Every frame that enters this package has one of these schemas.

Money is whole minor units of `currency`; moments are UTC to the microsecond.
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
"""One row a line of an order, and one a refund of it (`kind` REFUND, no product).

`customer` is empty for a guest; `amount_minor` carries its sign and no tax.
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
"""Refunds as they were paid back, tax included; `refunded_so_far_minor` includes this one."""


class LineKind(StrEnum):
    SALE = "SALE"
    RETURN = "RETURN"
    ADJUSTMENT = "ADJUSTMENT"
    REFUND = "REFUND"


# Money came in for these; what was only authorised, or never came, is no revenue.
PAID_STATUSES = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")
# A cancelled order was never a sale, whatever became of its money.
UNSOLD_STATUSES = ("PENDING", "REQUIRES_ACTION", "PAYMENT_FAILED", "CANCELLED")
