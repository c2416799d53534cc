"""Reads order lines into frames with declared schemas."""

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    Select,
    SQLColumnExpression,
    Subquery,
    Text,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from analytics.facts.copying import TAG_SEPARATOR, end_with_client, fetch_frame
from analytics.facts.order_facts import OrderFacts
from analytics.facts.revenue import build_refund_lines
from analytics.facts.schemas import (
    ORDER_CUSTOMERS,
    ORDER_LINES,
    PAID_STATUSES,
    REFUNDS,
    UNSOLD_STATUSES,
)
from webapp.accounts.models import Customer
from webapp.orders.models import Order, OrderItem
from webapp.payments.models import Payment, Refund, RefundItem

TimestampColumn = InstrumentedAttribute[datetime]
RATE_UNITS = 100_000_000
"""In one unit of an exchange rate, as the column stores it."""
_FIRST_POSITION = 0
RECORDED_LINES, RECORDED_REFUNDS = (
    pl.Schema({name: kind for name, kind in schema.items() if name not in derived})
    for derived in [{"customer", "customer_status"}]
    for schema in (ORDER_LINES, REFUNDS)
)
"""What is read of each: the columns of customers are found apart."""


def _build_customer_key() -> ColumnElement[Any]:
    """One key per customer: the account's id, or the reference in the former shop. Null for a guest
    and of an account that is deleted: nothing says any more which orders were of one person."""
    deleted = select(Customer.id).where(Customer.deleted_at.is_not(None))
    key = case(
        (Order.customer_id.in_(deleted), null()),
        else_=func.coalesce(cast(Order.customer_id, Text), Order.customer_ref),
    )
    return key.label("customer")


def _select_customers(numbers: pl.Series | None) -> tuple[Subquery, Subquery]:
    """The first counted order of each known customer, and the customer's number; with the numbers
    of orders, of these alone, which are all of their customers."""
    return _select_first_orders(numbers), _number_customers(numbers)


def extract_order_customers(
    session: Session, *, numbers: pl.Series | None = None
) -> pl.DataFrame:
    """The customers of all orders, or of those of the numbers, which are all of their customers.
    Each order is compared with all others of its customer: that takes as long for a month as for
    all of them, so that who reads many months does it once."""
    first, customers = _select_customers(numbers)
    statement = (
        select(
            Order.number,
            customers.c.number,
            _build_customer_status(first),
            first.c.number,
        )
        .select_from(Order)
        .join(first, first.c.customer == _build_customer_key(), isouter=True)
        .join(customers, customers.c.customer == _build_customer_key(), isouter=True)
    )
    prepare_reading(session, numbers)
    return fetch_frame(session, filter_numbers(statement, numbers), ORDER_CUSTOMERS)


def add_customers(rows: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Rows with the number of an order, and the columns of its customer."""
    return rows.join(customers, on="order_number", how="left", maintain_order="left")


def prepare_reading(session: Session, numbers: pl.Series | None) -> None:
    """For statements of this module, of all orders or of those with the numbers."""
    end_with_client(session)
    if numbers is None:
        _forbid_loops(session)


def _select_first_orders(numbers: pl.Series | None) -> Subquery:
    counted = (
        select(_build_customer_key(), Order.placed_at, Order.number)
        .ext(distinct_on(_build_customer_key()))
        .where(
            _build_customer_key().is_not(None),
            Order.payment_status.in_(PAID_STATUSES),
            Order.status.not_in(UNSOLD_STATUSES),
        )
        .order_by(_build_customer_key(), Order.placed_at, Order.number)
    )
    return filter_numbers(counted, numbers).subquery("first_orders")


def _number_customers(numbers: pl.Series | None) -> Subquery:
    numbered = (
        select(_build_customer_key(), func.min(Order.number).label("number"))
        .where(_build_customer_key().is_not(None))
        .group_by(_build_customer_key())
    )
    return filter_numbers(numbered, numbers).subquery("numbered_customers")


def filter_numbers(statement: Select[Any], numbers: pl.Series | None) -> Select[Any]:
    if numbers is None:
        return statement
    array = literal(f"{{{','.join(map(str, numbers))}}}")
    return statement.where(Order.number == any_(cast(array, ARRAY(BigInteger))))


def load_order_facts(
    session: Session,
    *,
    home_currency: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> OrderFacts:
    """Load order lines and refunds of a time range from the database; both ends are optional, and
    so are the amounts in the shop's currency."""
    as_of = session.scalars(select(func.now())).one()
    lines = extract_order_lines(
        session, home_currency=home_currency, start=start, end=end
    )
    return OrderFacts(lines.lazy(), as_of=as_of, source="database")


def extract_order_lines(
    session: Session,
    *,
    home_currency: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    numbers: pl.Series | None = None,
    customers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Lines and refunds of a time range, in no particular order; both ends are optional. With the
    numbers of orders, of these alone, which are all orders of their customers. `customers` are
    those of all orders, where they are known already."""
    items = filter_window(
        filter_numbers(_select_items(home_currency), numbers),
        *(Order.placed_at, start, end),
    )
    refunds = filter_window(
        filter_numbers(_select_refunds(home_currency), numbers),
        *(Refund.created_at, start, end),
    )
    prepare_reading(session, numbers)
    lines = fetch_frame(session, items, RECORDED_LINES)
    refunded = fetch_frame(session, refunds, RECORDED_REFUNDS)
    if customers is None:
        customers = extract_order_customers(session, numbers=numbers)
    refund_lines = build_refund_lines(add_customers(refunded, customers).lazy())
    return pl.concat(
        [
            add_customers(lines, customers).select(ORDER_LINES.names()),
            refund_lines.collect(),
        ]
    )


def list_months(session: Session) -> list[str]:
    """The months (UTC) that have lines."""
    orders = select(_format_month(Order.placed_at))
    refunds = select(_format_month(Refund.created_at)).where(
        Refund.stripe_refund_id.is_not(None)
    )
    return sorted(session.scalars(union(orders, refunds)))


def _format_month(column: TimestampColumn) -> ColumnElement[str]:
    return func.to_char(func.timezone("UTC", column), "YYYY-MM")


def _list_line_columns() -> list[Any]:
    """What was sold, and where."""
    return [
        OrderItem.product_id,
        OrderItem.sku,
        OrderItem.name,
        OrderItem.category,
        OrderItem.brand,
        _join_tags(OrderItem.tags),
        Order.channel,
    ]


def _select_items(home_currency: str | None) -> Select[Any]:
    rate = _home_rate(home_currency)
    # On the first line alone, so that the lines of an order add up to its tax.
    tax = case((OrderItem.position == _FIRST_POSITION, Order.tax_minor), else_=0)
    columns: list[Any] = [
        OrderItem.order_id,
        Order.number,
        to_microseconds(Order.placed_at).label("at"),
        OrderItem.kind,
        Order.status,
        Order.payment_status,
        Order.currency,
        *build_address_columns(),
        *_list_line_columns(),
        OrderItem.quantity,
        OrderItem.line_total_minor.label("amount_minor"),
        tax.label("tax_minor"),
        _convert_home(OrderItem.line_total_minor, rate),
        _convert_home(tax, rate),
    ]
    return select(*columns).join(Order, Order.id == OrderItem.order_id)


def _select_refunds(home_currency: str | None) -> Select[Any]:
    """Refunds that Stripe has confirmed, by the lines that they name, with the order's total
    refunded up to each one."""
    amount = func.coalesce(RefundItem.amount_minor, Refund.amount_minor)
    confirmed = (
        select(
            Refund.id,
            RefundItem.order_item_id,
            amount.label("amount_minor"),
            func.sum(amount)
            .over(
                partition_by=Refund.payment_id,
                order_by=(Refund.created_at, Refund.id, RefundItem.id),
            )
            .label("so_far"),
        )
        .join(RefundItem, RefundItem.refund_id == Refund.id, isouter=True)
        .where(Refund.stripe_refund_id.is_not(None))
        .subquery()
    )
    so_far = confirmed.c.so_far
    columns: list[Any] = [
        Order.id.label("order_id"),
        Order.number,
        to_microseconds(Refund.created_at).label("at"),
        Order.status,
        Order.payment_status,
        Order.currency,
        *build_address_columns(),
        *_list_line_columns(),
        confirmed.c.amount_minor,
        so_far.label("refunded_so_far_minor"),
        Order.subtotal_minor,
        Order.total_minor,
        *(cast(part, BigInteger) for part in _home_rate(home_currency)),
    ]
    return (
        select(*columns)
        .join(confirmed, confirmed.c.id == Refund.id)
        .join(OrderItem, OrderItem.id == confirmed.c.order_item_id, isouter=True)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Payment.order_id)
    )


def _join_tags(tags: SQLColumnExpression[list[str] | None]) -> ColumnElement[str]:
    return func.array_to_string(tags, TAG_SEPARATOR).label("tags")


def to_microseconds(column: SQLColumnExpression[datetime]) -> ColumnElement[int]:
    """Microseconds since the epoch: exact, and faster for Polars than a formatted date."""
    return cast(func.extract("epoch", column) * literal(1_000_000), BigInteger)


def _build_customer_status(first: Subquery) -> ColumnElement[str]:
    is_later = tuple_(Order.placed_at, Order.number) > tuple_(
        first.c.placed_at, first.c.number
    )
    return case(
        (_build_customer_key().is_(None), "guest"), (is_later, "returning"), else_="new"
    )


def build_address_columns() -> list[ColumnElement[str]]:
    return [
        func.coalesce(Order.shipping_address[part].astext, "").label(part)
        for part in ("country", "state")
    ]


def _home_rate(
    home_currency: str | None,
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Numerator and denominator by which an amount of the order is one in the shop's currency:
    by the rate of the order, or its recorded value; null where it has neither."""
    is_home = Order.currency == home_currency
    has_rate = and_(Order.base_currency == home_currency, Order.exchange_rate > 0)
    numerator = case((is_home, 1), (has_rate, RATE_UNITS), else_=Order.book_total_minor)
    denominator = case(
        (is_home, 1),
        (has_rate, Order.exchange_rate * RATE_UNITS),
        else_=func.nullif(Order.total_minor, 0),
    )
    return cast(numerator, Numeric), cast(denominator, Numeric)


def convert_to_home(
    amount: SQLColumnExpression[int], home_currency: str | None
) -> ColumnElement[int]:
    """An amount of an order in the shop's currency; null where the order has no rate."""
    return _convert_home(amount, _home_rate(home_currency))


def _convert_home(
    amount: SQLColumnExpression[int],
    rate: tuple[ColumnElement[Any], ColumnElement[Any]],
) -> ColumnElement[int]:
    """Rounded half away from zero, by whole numbers: a quotient of PostgreSQL has 16 digits."""
    numerator, denominator = rate
    doubled = 2 * func.abs(amount) * numerator + denominator
    return cast(func.sign(amount) * func.div(doubled, 2 * denominator), BigInteger)


def filter_window(
    statement: Select[Any],
    column: TimestampColumn,
    start: datetime | None,
    end: datetime | None,
) -> Select[Any]:
    if start is not None:
        statement = statement.where(column >= start)
    return statement if end is None else statement.where(column < end)


def _forbid_loops(session: Session) -> None:
    """Where every line is read and joined, loops, which the planner may choose for tables that it
    has no statistics of yet, would take minutes."""
    session.execute(text("SET LOCAL enable_nestloop = off"))
