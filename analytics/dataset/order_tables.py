"""Orders and customers: of both the log of changes says which may have changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import polars as pl
from sqlalchemy import Select, Text, cast, exists, func, select
from sqlalchemy.orm import Session

from analytics.dataset.schemas import CUSTOMERS, ORDERS
from analytics.facts import database
from analytics.facts.copying import fetch_frame
from analytics.facts.revenue import is_revenue
from analytics.facts.schemas import ORDER_LINES
from webapp.accounts.models import Customer
from webapp.orders.models import Order, OrderItem
from webapp.payments.models import Payment, Refund

MAX_TRANSACTION_TIME = timedelta(hours=1)
"""An account may have been deleted by a transaction that began so long before it was seen."""
RECORDED_ORDERS = pl.Schema(
    {
        name: kind
        for name, kind in ORDERS.items()
        if name not in {"is_revenue", "customer", "customer_status"}
    }
)
RECORDED_CUSTOMERS = pl.Schema(
    {name: kind for name, kind in CUSTOMERS.items() if name != "first_paid_order"}
)
Limit = Callable[[Select[Any]], Select[Any]]
"""Limits a statement on orders to those that are wanted."""


def extract_orders(
    session: Session,
    *,
    home_currency: str,
    start: datetime | None = None,
    end: datetime | None = None,
    numbers: pl.Series | None = None,
    customers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Orders of a time range, or those of the numbers, which are all orders of their customers.
    `customers` as of `extract_order_lines`."""

    def limit(statement: Select[Any]) -> Select[Any]:
        return database.filter_window(
            database.filter_numbers(statement, numbers), Order.placed_at, start, end
        )

    database.prepare_reading(session, numbers)
    rows = fetch_frame(session, _select_orders(home_currency, limit), RECORDED_ORDERS)
    if customers is None:
        customers = database.extract_order_customers(session, numbers=numbers)
    return (
        database.add_customers(rows, customers)
        .with_columns(is_revenue=is_revenue())
        .select(ORDERS.names())
    )


def _select_orders(home_currency: str, limit: Limit) -> Select[Any]:
    counted: list[Any] = [
        OrderItem.order_id,
        func.count().label("lines"),
        func.sum(OrderItem.quantity).label("units"),
    ]
    items = limit(
        select(*counted)
        .join(Order, Order.id == OrderItem.order_id)
        .group_by(OrderItem.order_id)
    ).subquery("items")
    refunds = (
        select(Payment.order_id, func.sum(Refund.amount_minor).label("amount_minor"))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.stripe_refund_id.is_not(None))
        .group_by(Payment.order_id)
        .subquery("refunded")
    )
    columns: list[Any] = [
        Order.id,
        Order.number,
        database.to_microseconds(Order.placed_at),
        Order.status,
        Order.payment_status,
        Order.currency,
        Order.channel,
        *database.build_address_columns(),
        func.coalesce(items.c.lines, 0),
        func.coalesce(items.c.units, 0),
        Order.subtotal_minor,
        Order.tax_minor,
        Order.total_minor,
        database.convert_to_home(Order.total_minor, home_currency),
        func.coalesce(refunds.c.amount_minor, 0),
    ]
    return limit(
        select(*columns)
        .join(items, items.c.order_id == Order.id, isouter=True)
        .join(refunds, refunds.c.order_id == Order.id, isouter=True)
    )


def extract_customers(
    session: Session,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    numbers: pl.Series | None = None,
    customers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Customers by the time of their first order; with numbers, those whose orders these are.
    `customers` as of `extract_order_lines`."""
    columns: list[Any] = [
        Order.number,
        database.to_microseconds(Order.placed_at),
        cast(Order.customer_id.is_not(None), Text),
        database.to_microseconds(Customer.created_at),
        Order.channel,
        *database.build_address_columns()[:1],
        Order.currency,
    ]
    statement = select(*columns).join(
        Customer, Customer.id == Order.customer_id, isouter=True
    )
    database.prepare_reading(session, numbers)
    found = database.filter_window(
        database.filter_numbers(statement, numbers), Order.placed_at, start, end
    )
    rows = fetch_frame(session, found, RECORDED_CUSTOMERS)
    if customers is None:
        customers = database.extract_order_customers(session, numbers=numbers)
    first_orders = customers.filter(pl.col("order_number") == pl.col("customer"))
    return rows.join(
        first_orders.select("customer", "first_paid_order"), on="customer", how="inner"
    ).select(CUSTOMERS.names())


class RowExtractor(Protocol):
    def __call__(
        self,
        session: Session,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        numbers: pl.Series | None = None,
        customers: pl.DataFrame | None = None,
    ) -> pl.DataFrame: ...


@dataclass(frozen=True)
class OrderTable:
    schema: pl.Schema
    """As rows are extracted; files may have columns that are derived from these."""
    number: str
    """The column with the number of an order that a row depends on."""
    extract: RowExtractor


def build_order_tables(home_currency: str) -> Mapping[str, OrderTable]:
    """By name; amounts are also in the shop's currency."""
    extract_lines = partial(database.extract_order_lines, home_currency=home_currency)
    return {
        "order_lines": OrderTable(ORDER_LINES, "order_number", extract_lines),
        "orders": OrderTable(
            ORDERS,
            "order_number",
            partial(extract_orders, home_currency=home_currency),
        ),
        "customers": OrderTable(CUSTOMERS, "customer", extract_customers),
    }


def has_deleted_accounts(session: Session, *, since: datetime) -> bool:
    deleted = exists().where(Customer.deleted_at >= since - MAX_TRANSACTION_TIME)
    return bool(session.scalar(select(deleted)))
