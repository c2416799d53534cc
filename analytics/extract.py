"""Reads order lines into frames with declared schemas. The package's only database access.

Rows leave PostgreSQL by COPY: 320,000 order lines take about a second, where fetching them
as Python objects takes five.
"""

from datetime import datetime
from io import BytesIO
from typing import Any

import polars as pl
from psycopg import Connection
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from analytics.reports import OrderFacts
from analytics.revenue import build_refund_lines
from analytics.schemas import ORDER_LINES, REFUNDS, TIMESTAMP
from webapp.orders.models import Order, OrderItem
from webapp.payments.models import Payment, Refund

TimestampColumn = InstrumentedAttribute[datetime]


def load_order_facts(
    session: Session, *, start: datetime | None = None, end: datetime | None = None
) -> OrderFacts:
    """Load order lines and refunds of a time range from the database; both ends are optional."""
    as_of = session.scalars(select(func.now())).one()
    lines = extract_order_lines(session, start=start, end=end)
    return OrderFacts(lines.lazy(), as_of=as_of, source="database")


def scan_order_facts(
    pattern: str, *, as_of: datetime, storage_options: dict[str, str]
) -> OrderFacts:
    """Scan the Parquet files of the export at a glob pattern."""
    lines = pl.scan_parquet(
        pattern, hive_partitioning=False, storage_options=storage_options
    )
    return OrderFacts(lines.select(ORDER_LINES.names()), as_of=as_of, source="dataset")


def extract_order_lines(
    session: Session, *, start: datetime | None = None, end: datetime | None = None
) -> pl.DataFrame:
    items = _filter_window(_select_items(), Order.placed_at, start, end)
    refunds = _filter_window(_select_refunds(), Refund.created_at, start, end)
    refund_lines = build_refund_lines(
        _fetch_frame(session, refunds, REFUNDS).lazy()
    ).collect()
    return pl.concat([_fetch_frame(session, items, ORDER_LINES), refund_lines])


def compute_month_fingerprints(session: Session) -> dict[str, str]:
    """By month (UTC) that has lines, a text that changes whenever one of the lines does.

    Contains sums of change times, not the latest: a transaction that began before the last
    check and committed after it changes a sum, but not a maximum. Reads orders and refunds,
    no lines.
    """
    orders = select(
        _format_month(Order.placed_at).label("month"),
        func.count().label("count"),
        func.sum(func.extract("epoch", Order.updated_at)).label("changed"),
    ).group_by("month")
    refunds = (
        select(
            _format_month(Refund.created_at).label("month"),
            func.count().label("count"),
            func.sum(func.extract("epoch", Order.updated_at)).label("changed"),
        )
        .select_from(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(Refund.stripe_refund_id.is_not(None))
        .group_by("month")
    )
    fingerprints: dict[str, str] = {}
    for name, statement in (("orders", orders), ("refunds", refunds)):
        for month, count, changed in session.execute(statement.order_by("month")):
            fingerprint = f"{name} {count} {changed}"
            fingerprints[month] = (
                f"{fingerprints[month]}, {fingerprint}"
                if month in fingerprints
                else fingerprint
            )
    return fingerprints


def _format_month(column: TimestampColumn) -> ColumnElement[str]:
    return func.to_char(func.timezone("UTC", column), "YYYY-MM")


def _select_items() -> Select[Any]:
    return select(
        OrderItem.order_id,
        _to_microseconds(Order.placed_at).label("at"),
        OrderItem.kind,
        Order.status,
        Order.payment_status,
        Order.currency,
        _customer_key(),
        OrderItem.product_id,
        OrderItem.sku,
        OrderItem.name,
        OrderItem.category,
        OrderItem.quantity,
        OrderItem.line_total_minor.label("amount_minor"),
    ).join(Order, Order.id == OrderItem.order_id)


def _select_refunds() -> Select[Any]:
    """Refunds that Stripe has confirmed, with the order's total refunded up to each one."""
    confirmed = (
        select(
            Refund,
            func.sum(Refund.amount_minor)
            .over(
                partition_by=Refund.payment_id, order_by=(Refund.created_at, Refund.id)
            )
            .label("so_far"),
        )
        .where(Refund.stripe_refund_id.is_not(None))
        .subquery()
    )
    so_far = confirmed.c.so_far
    return (
        select(
            Order.id.label("order_id"),
            _to_microseconds(Refund.created_at).label("at"),
            Order.status,
            Order.payment_status,
            Order.currency,
            _customer_key(),
            Refund.amount_minor,
            so_far.label("refunded_so_far_minor"),
            Order.subtotal_minor,
            Order.total_minor,
        )
        .join(confirmed, confirmed.c.id == Refund.id)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Payment.order_id)
    )


def _customer_key() -> ColumnElement[Any]:
    """One key per customer: the account's id, or the reference in the former shop."""
    return func.coalesce(cast(Order.customer_id, Text), Order.customer_ref).label(
        "customer"
    )


def _to_microseconds(column: TimestampColumn) -> ColumnElement[int]:
    """Microseconds since the epoch: exact, and faster for Polars than a formatted date."""
    return cast(func.extract("epoch", column) * literal(1_000_000), BigInteger)


def _filter_window(
    statement: Select[Any],
    column: TimestampColumn,
    start: datetime | None,
    end: datetime | None,
) -> Select[Any]:
    if start is not None:
        statement = statement.where(column >= start)
    return statement if end is None else statement.where(column < end)


def _fetch_frame(
    session: Session, statement: Select[Any], schema: pl.Schema
) -> pl.DataFrame:
    query = statement.compile(
        session.get_bind(), compile_kwargs={"literal_binds": True}
    )
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, Connection):
        msg = f"COPY needs psycopg, not {type(connection).__name__}"
        raise TypeError(msg)
    buffer = BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as rows,
    ):
        for block in rows:
            buffer.write(block)
    return _parse_frame(buffer, schema)


def _parse_frame(buffer: BytesIO, schema: pl.Schema) -> pl.DataFrame:
    if not buffer.tell():
        return schema.to_frame()
    buffer.seek(0)
    csv_schema = {
        name: pl.Int64() if kind == TIMESTAMP else kind for name, kind in schema.items()
    }
    # COPY writes nothing for NULL and "" for an empty text; Polars reads them as such.
    return pl.read_csv(buffer, has_header=False, schema=csv_schema).cast(schema)
