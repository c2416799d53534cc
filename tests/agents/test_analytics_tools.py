"""The analytics tools over orders in the database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from agents.tools.analytics import (
    OrderTrendsParams,
    ProductPerformanceParams,
    SalesInsightsParams,
    order_trends,
    product_performance,
    sales_insights,
)
from analytics.errors import TooManyPeriods
from tests.support.factories import RowFactory
from webapp.adapters.agents.port import Principal
from webapp.kit.ids import new_id
from webapp.kit.json import ResponseBody
from webapp.orders.models import OrderItem

ADMIN = Principal(new_id(), ("admin",))
FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
MARCH = {"first_day": "2026-03-01", "last_day": "2026-03-31"}


class Sales:
    """Records sales and returns of an anonymous customer."""

    def __init__(self, make: RowFactory) -> None:
        self._make = make

    def sell(
        self,
        name: str,
        *,
        on: datetime = FIRST,
        units: int = 1,
        price: int = 10_00,
        category: str = "Kitchen",
        currency: str = "USD",
        returned: int = 0,
    ) -> UUID:
        items = [("SALE", units), ("RETURN", -returned)][: 2 if returned else 1]
        order = self._make.order(
            status="DELIVERED",
            currency=currency,
            subtotal_minor=units * price,
            total_minor=units * price,
            placed_at=on,
            items=[
                OrderItem(
                    position=position,
                    kind=kind,
                    name=name,
                    sku=name,
                    category=category,
                    quantity=quantity,
                    unit_price_minor=price,
                    line_total_minor=quantity * price,
                )
                for position, (kind, quantity) in enumerate(items)
            ],
        )
        return order.id


@pytest.fixture
def sales(make: RowFactory) -> Sales:
    return Sales(make)


def to_json(view: ResponseBody) -> dict[str, Any]:
    """Without the receipt, of which tests/unit/agents/test_report_views.py is about."""
    result = view.model_dump(mode="json")
    assert result.pop("receipt")["source"] == "database"
    return result


def totals(
    *,
    orders: int,
    units: int,
    sold: float,
    returned: float = 0,
    returned_units: int = 0,
) -> dict[str, Any]:
    """What every row has."""
    return {
        "orders": orders,
        "units": units,
        "returnedUnits": returned_units,
        "sales": sold,
        "returns": -returned,
        "adjustments": 0,
        "refunds": 0,
        "revenue": sold - returned,
    }


def product(name: str, category: str = "Kitchen") -> dict[str, Any]:
    return {
        "currency": "USD",
        "product": name,
        "productId": None,
        "sku": name,
        "name": name,
        "category": category,
    }


def list_names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


def test_orders_by_month_in_a_window(session: Session, sales: Sales) -> None:
    sales.sell("Mug", on=FIRST - timedelta(days=2))
    sales.sell("Mug", units=2)
    sales.sell("Tea", on=FIRST + timedelta(days=29), price=5_00)
    sales.sell("Mug", on=FIRST + timedelta(days=30))

    view = order_trends(session, ADMIN, OrderTrendsParams(**MARCH))

    march = totals(orders=2, units=3, sold=25)
    assert to_json(view) == {
        "tool": "order_trends",
        "granularity": "month",
        "periods": [
            {
                "currency": "USD",
                "period": "2026-03-01",
                "isComplete": True,
                "growthPercent": None,
                **march,
            }
        ],
        "summary": [{"currency": "USD", "customers": 0, "averageOrder": 12.5, **march}],
    }
    assert (view.receipt.first_day, view.receipt.last_day) == (
        "2026-03-01",
        "2026-03-31",
    )
    assert (view.receipt.rows_read, view.receipt.rows_counted) == (2, 2)


def test_orders_of_a_category_by_week(session: Session, sales: Sales) -> None:
    sales.sell("Mug")
    sales.sell("Tea", category="Food", on=FIRST + timedelta(days=7))
    params = OrderTrendsParams(granularity="week", category="Food")

    view = order_trends(session, ADMIN, params)

    assert view.granularity == "week"
    assert [row["period"] for row in view.periods] == ["2026-03-09"]


def test_an_open_window_ends_with_the_day_of_the_last_sale(
    session: Session, sales: Sales
) -> None:
    """Imported orders are often of midnight, as their shop knew only the day."""
    sales.sell("Mug", on=FIRST)
    sales.sell("Mug", on=datetime(2026, 3, 9, tzinfo=UTC))

    receipt = order_trends(session, ADMIN, OrderTrendsParams()).receipt

    assert (receipt.first_day, receipt.last_day) == ("2026-03-02", "2026-03-09")
    assert receipt.window_end == "2026-03-09T00:00:00Z"


def test_up_to_four_hundred_periods_are_reported(
    session: Session, sales: Sales
) -> None:
    by_day = OrderTrendsParams(granularity="day")
    sales.sell("Mug")
    sales.sell("Mug", on=FIRST + timedelta(days=399))
    assert len(order_trends(session, ADMIN, by_day).periods) == 400

    sales.sell("Mug", on=FIRST + timedelta(days=400))
    with pytest.raises(TooManyPeriods) as error:
        order_trends(session, ADMIN, by_day)

    assert (error.value.code, error.value.message) == (
        "TOO_MANY_PERIODS",
        "That would be 401 periods; ask by week or by month",
    )


def test_products_and_categories_are_ranked_by_revenue(
    session: Session, sales: Sales
) -> None:
    sales.sell("Tea", category="Food", units=5, price=1_00, returned=1)
    sales.sell("Mug", units=2, price=8_00)

    view = sales_insights(session, ADMIN, SalesInsightsParams(**MARCH))

    tea = totals(orders=1, units=5, sold=5, returned=1, returned_units=1)
    mug = totals(orders=1, units=2, sold=16)
    assert to_json(view) == {
        "tool": "sales_insights",
        "by": "revenue",
        "limit": 10,
        "topProducts": [
            {**product("Mug"), **mug, "sharePercent": 80, "rank": 1},
            {**product("Tea", "Food"), **tea, "sharePercent": 20, "rank": 2},
        ],
        "categories": [
            {
                "currency": "USD",
                "category": category,
                **row,
                "sharePercent": share,
                "rank": rank,
            }
            for rank, category, row, share in (
                (1, "Kitchen", mug, 80),
                (2, "Food", tea, 20),
            )
        ],
        "summary": [
            {
                "currency": "USD",
                **totals(orders=2, units=7, sold=21, returned=1, returned_units=1),
                "customers": 0,
                "averageOrder": 10.5,
            }
        ],
    }


def test_products_are_ranked_by_units_within_each_currency(
    session: Session, sales: Sales
) -> None:
    sales.sell("Mug", units=3)
    sales.sell("Tea", units=50, price=10)
    sales.sell("Cup", units=3)
    sales.sell("Mug", units=9, currency="EUR")
    sales.sell("Cup", units=8, currency="EUR")
    sales.sell("Tea", units=1, currency="EUR")

    view = sales_insights(session, ADMIN, SalesInsightsParams(by="units", limit=2))

    assert (view.by, view.limit) == ("units", 2)
    assert [
        (row["currency"], row["rank"], row["name"]) for row in view.top_products
    ] == [
        ("EUR", 1, "Mug"),
        ("EUR", 2, "Cup"),
        ("USD", 1, "Tea"),
        ("USD", 2, "Cup"),
    ]


def test_as_many_products_are_listed_as_asked_for(
    session: Session, sales: Sales
) -> None:
    names = [f"Mug {number:02}" for number in range(12)]
    for units, name in enumerate(names, 1):
        sales.sell(name, units=units)

    view = sales_insights(session, ADMIN, SalesInsightsParams(limit=12))

    assert list_names(view.top_products) == names[::-1]


@pytest.mark.parametrize(
    ("asked", "limit"), [(-1, 1), (0, 1), (2, 2), (50, 50), (51, 50)]
)
def test_one_to_fifty_products_are_ranked(
    session: Session, asked: int, limit: int
) -> None:
    best = sales_insights(session, ADMIN, SalesInsightsParams(limit=asked))
    moving = product_performance(session, ADMIN, ProductPerformanceParams(limit=asked))

    assert (best.limit, moving.limit) == (limit, limit)


def test_products_that_rise_fall_and_are_returned(
    session: Session, sales: Sales
) -> None:
    sales.sell("Mug", units=2)
    sales.sell("Tea", on=FIRST + timedelta(days=20), units=5, price=1_00, returned=1)

    view = product_performance(session, ADMIN, ProductPerformanceParams(**MARCH))

    tea = totals(orders=1, units=5, sold=5, returned=1, returned_units=1)
    assert to_json(view) == {
        "tool": "product_performance",
        "limit": 5,
        "movers": [
            {**product("Tea"), "earlier": 0, "later": 4, "change": 4},
            {**product("Mug"), "earlier": 20, "later": 0, "change": -20},
        ],
        "mostReturned": [{**product("Tea"), **tea, "returnedPercent": 20, "rank": 1}],
        "summary": [
            {
                "currency": "USD",
                **totals(orders=2, units=7, sold=25, returned=1, returned_units=1),
                "customers": 0,
                "averageOrder": 12.5,
            }
        ],
    }


def test_only_so_many_products_as_asked_for_are_listed(
    session: Session, sales: Sales
) -> None:
    sales.sell("Mug", on=FIRST, returned=1, units=2)
    sales.sell("Cup", on=FIRST, returned=1, units=3)
    sales.sell("Tea", on=FIRST + timedelta(days=9), returned=1, units=4)
    sales.sell("Pot", on=FIRST + timedelta(days=9), returned=1, units=5)

    view = product_performance(session, ADMIN, ProductPerformanceParams(limit=1))

    assert list_names(view.movers) == ["Pot", "Cup"]
    assert list_names(view.most_returned) == ["Cup"]
