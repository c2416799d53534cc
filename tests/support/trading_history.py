"""Twelve weeks of orders and searches in the database: enough for every analysis."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from tests.support.factories import RowFactory
from webapp.catalog.models import StockMovement, StockReason
from webapp.kit.ids import new_id
from webapp.orders.models import OrderItem
from webapp.search_analytics.models import RecordedSearch

START = datetime(2025, 9, 1, 12, tzinfo=UTC)
DAYS = 84
CUSTOMERS = 30
FIRST_NUMBER = 50_000
AS_OF = "2025-11-24T00:00:00Z"
"""When all of it is there, and nothing that was ordered since."""


def insert_history(session: Session) -> None:
    """An order a day, of a kettle with a cup every other time; its price changes every week. Of the
    kettle ten are in stock all the time."""
    make = RowFactory(session)
    _insert_stock(session, make)
    for day in range(DAYS):
        price = 2000 + 300 * (day // 7 % 3)
        items = [_build_item(0, "Kettle", price, quantity=1 + day % 3)]
        if day % 2:
            items.append(_build_item(1, "Cup", 500, quantity=1))
        make.order(
            items=items,
            placed_at=START + timedelta(days=day),
            number=FIRST_NUMBER + day,
            customer_ref=f"customer {day % CUSTOMERS}",
        )
        session.add(_build_search(day))


def _build_search(day: int) -> RecordedSearch:
    return RecordedSearch(
        id=new_id(),
        occurred_at=START + timedelta(days=day),
        text="Kettle",
        query="kettle",
        filters={},
        sort="relevance",
        is_first_page=True,
        results=day % 2,
        visitor=None,
    )


def _insert_stock(session: Session, make: RowFactory) -> None:
    [variant] = make.product(name="Kettle", stock=10).variants
    variant.sku, variant.created_at = "KETTLE", START
    session.flush()
    opening = StockMovement(
        variant_id=variant.id,
        reason=StockReason.OPENED,
        on_hand=10,
        held=0,
        created_at=START,
    )
    session.add(opening)


def _build_item(position: int, name: str, price: int, *, quantity: int) -> OrderItem:
    return OrderItem(
        position=position,
        name=name,
        sku=name.upper(),
        category="Kitchen",
        quantity=quantity,
        unit_price_minor=price,
        line_total_minor=quantity * price,
    )


ANALYSES: Mapping[str, Mapping[str, Any]] = {
    "explain_change": {"window": {"firstDay": "2025-10-06", "lastDay": "2025-11-02"}},
    "anomalies": {},
    "forecast": {"period": "day", "steps": 3},
    "retention": {},
    "rfm": {},
    "lifetime_value": {},
    "basket_pairs": {},
    "price_effect": {},
    "concentration": {},
    "search_insights": {},
    "stock_outlook": {},
}
"""By name, what each takes besides `asOf`."""
