"""Columns of the tables of the dataset, but for order lines (`analytics.facts.line_columns`).

Money is in whole minor units of `currency`; timestamps are UTC to the microsecond. What each column
means is in `columns.toml`, and in `docs/dataset.md`, which is generated from both.
"""

import polars as pl

from analytics.facts.schemas import TIMESTAMP

ORDERS = pl.Schema(
    {
        "order_id": pl.String(),
        "order_number": pl.Int64(),
        "at": TIMESTAMP,
        "status": pl.String(),
        "payment_status": pl.String(),
        "is_revenue": pl.Boolean(),
        "currency": pl.String(),
        "channel": pl.String(),
        "customer": pl.Int64(),
        "customer_status": pl.String(),
        "country": pl.String(),
        "state": pl.String(),
        "lines": pl.Int64(),
        "units": pl.Int64(),
        "subtotal_minor": pl.Int64(),
        "tax_minor": pl.Int64(),
        "total_minor": pl.Int64(),
        "home_total_minor": pl.Int64(),
        "refunded_minor": pl.Int64(),
    }
)
CUSTOMERS = pl.Schema(
    {
        "customer": pl.Int64(),
        "at": TIMESTAMP,
        "has_account": pl.Boolean(),
        "registered_at": TIMESTAMP,
        "first_paid_order": pl.Int64(),
        "first_channel": pl.String(),
        "first_country": pl.String(),
        "first_currency": pl.String(),
    }
)
PAYMENTS = pl.Schema(
    {
        "payment_id": pl.String(),
        "order_number": pl.Int64(),
        "at": TIMESTAMP,
        "updated_at": TIMESTAMP,
        "status": pl.String(),
        "decline_code": pl.String(),
        "currency": pl.String(),
        "amount_minor": pl.Int64(),
        "refunded_minor": pl.Int64(),
    }
)
REFUNDS = pl.Schema(
    {
        "refund_id": pl.String(),
        "payment_id": pl.String(),
        "order_number": pl.Int64(),
        "at": TIMESTAMP,
        "is_confirmed": pl.Boolean(),
        "currency": pl.String(),
        "amount_minor": pl.Int64(),
        "lines": pl.Int64(),
    }
)
STOCK_MOVEMENTS = pl.Schema(
    {
        "movement_id": pl.String(),
        "at": TIMESTAMP,
        "product_id": pl.String(),
        "variant_id": pl.String(),
        "sku": pl.String(),
        "reason": pl.String(),
        "on_hand": pl.Int64(),
        "held": pl.Int64(),
        "order_number": pl.Int64(),
    }
)
SEARCHES = pl.Schema(
    {
        "search_id": pl.String(),
        "at": TIMESTAMP,
        "query": pl.String(),
        "filters": pl.String(),
        "sort": pl.String(),
        "is_first_page": pl.Boolean(),
        "results": pl.Int64(),
        "is_visitor_known": pl.Boolean(),
        "clicks": pl.Int64(),
        "first_position": pl.Int64(),
        "adds": pl.Int64(),
        "orders": pl.Int64(),
    }
)
SEARCH_DAYS = pl.Schema(
    {
        "day": pl.Date(),
        "query": pl.String(),
        "searches": pl.Int64(),
        "zero_results": pl.Int64(),
        "clicks": pl.Int64(),
        "clicked": pl.Int64(),
        "adds": pl.Int64(),
        "orders": pl.Int64(),
        "known_visitors": pl.Int64(),
        "ordered": pl.Int64(),
    }
)
