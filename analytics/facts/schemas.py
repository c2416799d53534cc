"""Schemas of the frames. Every frame that enters this package has one of them.

Money is in whole minor units of `currency`; timestamps are UTC to the microsecond.
"""

from enum import StrEnum

import polars as pl

TIMESTAMP = pl.Datetime("us", "UTC")

ORDER_LINES = pl.Schema(
    {
        "order_id": pl.String(),
        "order_number": pl.Int64(),
        "at": TIMESTAMP,
        "kind": pl.String(),
        "status": pl.String(),
        "payment_status": pl.String(),
        "currency": pl.String(),
        "customer": pl.Int64(),
        "customer_status": pl.String(),
        "country": pl.String(),
        "state": pl.String(),
        "product_id": pl.String(),
        "sku": pl.String(),
        "name": pl.String(),
        "category": pl.String(),
        "brand": pl.String(),
        "tags": pl.List(pl.String()),
        "channel": pl.String(),
        "quantity": pl.Int64(),
        "amount_minor": pl.Int64(),
        "tax_minor": pl.Int64(),
        "home_amount_minor": pl.Int64(),
        "home_tax_minor": pl.Int64(),
    }
)
"""One row per line of an order, and one per refund of it (`kind` REFUND): of a refund that names
lines one for each of them, with its product; else one without a product.

`order_number` is the one that people use. `customer` is the number of the customer's first order:
it says which orders are of one person, and nothing else of them. It is null for a guest;
`customer_status` is `new` for the first counted order of a customer and those before it,
`returning` for later ones, `guest`. `country` and `state` are those of the shipping address, empty
without one. `brand` is empty and `tags` has none for a product without them; both, and `channel`,
are null where they were not recorded.

`amount_minor` is signed and without tax. `tax_minor` is the tax of the whole order, on its first
line, and that of a refund, negative. The same in the shop's currency follow, at the rate stored on
the order and rounded half away from zero, null where it has none.
"""

REFUNDS = pl.Schema(
    {
        "order_id": pl.String(),
        "order_number": pl.Int64(),
        "at": TIMESTAMP,
        "status": pl.String(),
        "payment_status": pl.String(),
        "currency": pl.String(),
        "customer": pl.Int64(),
        "customer_status": pl.String(),
        "country": pl.String(),
        "state": pl.String(),
        "product_id": pl.String(),
        "sku": pl.String(),
        "name": pl.String(),
        "category": pl.String(),
        "brand": pl.String(),
        "tags": pl.List(pl.String()),
        "channel": pl.String(),
        "amount_minor": pl.Int64(),
        "refunded_so_far_minor": pl.Int64(),
        "subtotal_minor": pl.Int64(),
        "total_minor": pl.Int64(),
        "home_numerator": pl.Int64(),
        "home_denominator": pl.Int64(),
    }
)
"""Refunds as paid back, tax included, one row for each line that a refund names, or one without a
product; `refunded_so_far_minor` includes the row's own.

An amount times `home_numerator` by `home_denominator` is its value in the shop's currency; both are
null without a rate.
"""


ORDER_CUSTOMERS = pl.Schema(
    {
        "order_number": pl.Int64(),
        "customer": pl.Int64(),
        "customer_status": pl.String(),
        "first_paid_order": pl.Int64(),
    }
)
"""Of each order its customer, as order lines have it, and the number of the customer's first order
that counts."""


class LineKind(StrEnum):
    SALE = "SALE"
    RETURN = "RETURN"
    ADJUSTMENT = "ADJUSTMENT"
    REFUND = "REFUND"


# Statuses in which the customer has paid; an authorization alone is not revenue.
PAID_STATUSES = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")
# A canceled order was never a sale, whether or not its payment was refunded.
UNSOLD_STATUSES = ("PENDING", "REQUIRES_ACTION", "PAYMENT_FAILED", "CANCELLED")
