"""Factory of order lines for analytics: a test gives the fields that it is about."""

import zlib
from datetime import UTC, datetime
from typing import Any

import polars as pl

from analytics.facts.current_categories import (
    CATALOG_CATEGORIES,
    CURRENT_CATEGORY,
    key_current_categories,
)
from analytics.facts.customer_segments import CUSTOMER_SEGMENT
from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import ORDER_LINES
from webapp.insights.query.definitions import DIMENSIONS, METRICS, ORDERS, Grain

ORDER_METRICS = sorted(n for n, each in METRICS.items() if each.family.name == ORDERS)
ORDER_DIMENSIONS = sorted(
    name
    for name, each in DIMENSIONS.items()
    if each.is_in(Grain.LINE) and name not in {CURRENT_CATEGORY, CUSTOMER_SEGMENT}
)
"""Those that each line has by itself; the others, and other facts, have tests of their own."""
AS_OF = datetime(2026, 6, 15, 12, tzinfo=UTC)


def order_line(**overrides: Any) -> dict[str, Any]:
    """A sale of one mug for 10.00 on 10 January 2026."""
    defaults = {
        "order_id": "1",
        "order_number": None,
        "at": datetime(2026, 1, 10, 12, tzinfo=UTC),
        "kind": "SALE",
        "status": "DELIVERED",
        "payment_status": "PAID",
        "currency": "USD",
        "customer": None,
        "customer_status": None,
        "country": "US",
        "state": "",
        "product_id": None,
        "sku": "MUG",
        "name": "Mug",
        "category": "Kitchen",
        "brand": "Acme",
        "tags": ["new"],
        "channel": "web",
        "quantity": 1,
        "amount_minor": 1000,
        "tax_minor": 0,
    }
    line = {**defaults, **overrides}
    if line["order_number"] is None:
        line["order_number"] = zlib.crc32(line["order_id"].encode())
    if line["customer_status"] is None:
        line["customer_status"] = "new" if line["customer"] else "guest"
    if isinstance(line["customer"], str):
        line["customer"] = zlib.crc32(line["customer"].encode())
    return {
        "home_amount_minor": line["amount_minor"],
        "home_tax_minor": line["tax_minor"],
        **line,
    }


def order_facts(*lines: dict[str, Any], as_of: datetime = AS_OF) -> OrderFacts:
    """No product has moved to another category."""
    frame = pl.DataFrame(list(lines), schema=ORDER_LINES)
    rows = [(each["product_id"] or each["sku"], each["category"]) for each in lines]
    categories = pl.DataFrame(rows, schema=CATALOG_CATEGORIES, orient="row")
    return OrderFacts(
        frame.lazy(),
        as_of=as_of,
        source="test",
        current_categories=key_current_categories(categories.drop_nulls()),
    )


def utc_2026(month: int, day: int = 10, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)
