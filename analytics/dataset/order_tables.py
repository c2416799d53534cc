"""Orders and customers: of both the log of changes says which may have changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    {name: kind for name, kind in ORDERS.items() if name != "is_revenue"}
)


def extract_orders(
    session: Session,
    *,
    home_currency: str,
    start: datetime | None = None,
    end: datetime | None = None,
    numbers: pl.Series | None = None,
) -> pl.DataFrame:
    """Orders of a time range, or those of the numbers, which are all orders of their customers."""
    statement = database.filter_window(
        database.filter_numbers(_select_orders(home_currency, numbers), numbers),
        *(Order.placed_at, start, end),
    )
    database.prepare_reading(session, numbers)
    rows = fetch_frame(session, statement, RECORDED_ORDERS)
    return rows.with_columns(is_revenue=is_revenue()).select(ORDERS.names())


def _select_orders(home_currency: str, numbers: pl.Series | None) -> Select[Any]:
    first, customers = database.select_customers(numbers)
    items = (
        select(
            OrderItem.order_id,
            func.count().label("lines"),
            func.sum(OrderItem.quantity).label("units"),
        )
        .group_by(OrderItem.order_id)
        .subquery("items")
    )
    refunds = (
        select(Payment.order_id, func.sum(Refund.amount_minor).label("amount_minor"))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.stripe_refund_id.is_not(None))
        .group_by(Payment.order_id)
        .subquery("refunded")
    )
    return (
        select(
            Order.id,
            Order.number,
            database.to_microseconds(Order.placed_at),
            Order.status,
            Order.payment_status,
            Order.currency,
            Order.channel,
            customers.c.number,
            database.build_customer_status(first),
            *database.build_address_columns(),
            func.coalesce(items.c.lines, 0),
            func.coalesce(items.c.units, 0),
            Order.subtotal_minor,
            Order.tax_minor,
            Order.total_minor,
            database.convert_to_home(Order.total_minor, home_currency),
            func.coalesce(refunds.c.amount_minor, 0),
        )
        .join(items, items.c.order_id == Order.id, isouter=True)
        .join(refunds, refunds.c.order_id == Order.id, isouter=True)
        .join(first, first.c.customer == database.build_customer_key(), isouter=True)
        .join(
            customers,
            customers.c.customer == database.build_customer_key(),
            isouter=True,
        )
    )


def extract_customers(
    session: Session,
    *,
    home_currency: str,
    start: datetime | None = None,
    end: datetime | None = None,
    numbers: pl.Series | None = None,
) -> pl.DataFrame:
    """Customers by the time of their first order; with numbers, those whose orders these are."""
    del home_currency
    first, customers = database.select_customers(numbers)
    statement = (
        select(
            customers.c.number,
            database.to_microseconds(Order.placed_at),
            cast(Order.customer_id.is_not(None), Text),
            database.to_microseconds(Customer.created_at),
            first.c.number,
            Order.channel,
            *database.build_address_columns()[:1],
            Order.currency,
        )
        .join(customers, customers.c.number == Order.number)
        .join(first, first.c.customer == customers.c.customer, isouter=True)
        .join(Customer, Customer.id == Order.customer_id, isouter=True)
    )
    database.prepare_reading(session, numbers)
    found = database.filter_window(statement, Order.placed_at, start, end)
    return fetch_frame(session, found, CUSTOMERS)


class RowExtractor(Protocol):
    def __call__(
        self,
        session: Session,
        *,
        home_currency: str,
        start: datetime | None = None,
        end: datetime | None = None,
        numbers: pl.Series | None = None,
    ) -> pl.DataFrame: ...


@dataclass(frozen=True)
class OrderTable:
    schema: pl.Schema
    """As rows are extracted; files may have columns that are derived from these."""
    number: str
    """The column with the number of an order that a row depends on."""
    extract: RowExtractor


ORDER_TABLES: Mapping[str, OrderTable] = {
    "order_lines": OrderTable(
        ORDER_LINES, "order_number", database.extract_order_lines
    ),
    "orders": OrderTable(ORDERS, "order_number", extract_orders),
    "customers": OrderTable(CUSTOMERS, "customer", extract_customers),
}


def has_deleted_accounts(session: Session, *, since: datetime) -> bool:
    deleted = exists().where(Customer.deleted_at >= since - MAX_TRANSACTION_TIME)
    return bool(session.scalar(select(deleted)))
