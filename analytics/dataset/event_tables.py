"""Payments, refunds, stock movements and searches. No log says which of them have changed: each
month has a fingerprint of its rows, which PostgreSQL computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Select,
    Text,
    cast,
    func,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from analytics.dataset.months import month_bounds
from analytics.dataset.schemas import (
    PAYMENTS,
    REFUNDS,
    SEARCH_DAYS,
    SEARCHES,
    STOCK_MOVEMENTS,
)
from analytics.facts.copying import end_with_client, fetch_frame
from analytics.facts.database import to_microseconds
from webapp.catalog.models import StockMovement, Variant
from webapp.orders.models import Order
from webapp.payments.models import Payment, Refund, RefundItem
from webapp.search_analytics.models import (
    RecordedSearch,
    SearchEvent,
    SearchQueryDay,
)


@dataclass(frozen=True)
class EventTable:
    schema: pl.Schema
    rows: Select[Any]
    """Its columns are those of the schema, in their order; times as the database has them."""
    time: InstrumentedAttribute[Any]
    """Instant or day by which rows belong to a month."""

    def fetch_month(self, session: Session, month: str) -> pl.DataFrame:
        start, end = month_bounds(month)
        is_day = isinstance(self.time.type, Date)
        first, after = (start.date(), end.date()) if is_day else (start, end)
        end_with_client(session)
        columns = map(_convert_time, self.rows.selected_columns)
        found = self.rows.with_only_columns(*columns)
        limited = found.where(self.time >= first, self.time < after)
        return fetch_frame(session, limited, self.schema)

    def list_fingerprints(self, session: Session) -> Mapping[str, str]:
        """Of each month that has rows: a text that changes with any of them."""
        end_with_client(session)
        is_day = isinstance(self.time.type, Date)
        local = self.time if is_day else func.timezone("UTC", self.time)
        month = func.to_char(local, "YYYY-MM").label("month")
        rows = self.rows.with_only_columns(
            month, func.row(*self.rows.selected_columns).label("fields")
        ).subquery("rows")
        # Of the values themselves: as texts they would take three times as long.
        total = func.sum(func.hash_record_extended(rows.c.fields, 0, type_=BigInteger))
        statement = select(rows.c.month, func.count(), total).group_by(rows.c.month)
        return {
            name: f"{count}:{total}"
            for name, count, total in session.execute(statement)
        }


def _convert_time(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return to_microseconds(column) if isinstance(column.type, DateTime) else column


def _select_payments() -> Select[Any]:
    columns: list[Any] = [
        Payment.id,
        Order.number,
        to_microseconds(Payment.created_at),
        to_microseconds(Payment.updated_at),
        Payment.status,
        Payment.decline_code,
        Payment.currency,
        Payment.amount_minor,
        Payment.refunded_minor,
    ]
    return select(*columns).join(Order, Order.id == Payment.order_id)


def _select_refunds() -> Select[Any]:
    lines = (
        select(RefundItem.refund_id, func.count().label("count"))
        .group_by(RefundItem.refund_id)
        .subquery("refunded_lines")
    )
    columns: list[Any] = [
        Refund.id,
        Payment.id,
        Order.number,
        to_microseconds(Refund.created_at),
        cast(Refund.stripe_refund_id.is_not(None), Text),
        Payment.currency,
        Refund.amount_minor,
        func.coalesce(lines.c.count, 0),
    ]
    return (
        select(*columns)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .join(lines, lines.c.refund_id == Refund.id, isouter=True)
    )


def _select_stock_movements() -> Select[Any]:
    columns: list[Any] = [
        StockMovement.id,
        to_microseconds(StockMovement.created_at),
        Variant.product_id,
        Variant.id,
        Variant.sku,
        StockMovement.reason,
        StockMovement.on_hand,
        StockMovement.held,
        Order.number,
    ]
    return (
        select(*columns)
        .join(Variant, Variant.id == StockMovement.variant_id)
        .join(Order, Order.id == StockMovement.order_id, isouter=True)
    )


def _select_searches() -> Select[Any]:
    """Without their visitors: of a search is known what it led to, and not whose it was."""
    events = (
        select(
            SearchEvent.search_id,
            _count_events("click").label("clicks"),
            func.min(SearchEvent.position)
            .filter(SearchEvent.type == "click")
            .label("first_position"),
            _count_events("add_to_cart").label("adds"),
            _count_events("order").label("orders"),
        )
        .group_by(SearchEvent.search_id)
        .subquery("events")
    )
    return select(
        RecordedSearch.id,
        to_microseconds(RecordedSearch.occurred_at),
        RecordedSearch.query,
        cast(RecordedSearch.filters, Text),
        RecordedSearch.sort,
        cast(RecordedSearch.is_first_page, Text),
        RecordedSearch.results,
        cast(RecordedSearch.visitor.is_not(None), Text),
        func.coalesce(events.c.clicks, 0),
        events.c.first_position,
        func.coalesce(events.c.adds, 0),
        func.coalesce(events.c.orders, 0),
    ).join(events, events.c.search_id == RecordedSearch.id, isouter=True)


def _count_events(kind: str) -> ColumnElement[int]:
    return func.count().filter(SearchEvent.type == kind)


def _select_search_days() -> Select[Any]:
    return select(*(getattr(SearchQueryDay, name) for name in SEARCH_DAYS))


EVENT_TABLES: Mapping[str, EventTable] = {
    "payments": EventTable(PAYMENTS, _select_payments(), Payment.created_at),
    "refunds": EventTable(REFUNDS, _select_refunds(), Refund.created_at),
    "stock_movements": EventTable(
        STOCK_MOVEMENTS, _select_stock_movements(), StockMovement.created_at
    ),
    "searches": EventTable(SEARCHES, _select_searches(), RecordedSearch.occurred_at),
    "search_days": EventTable(SEARCH_DAYS, _select_search_days(), SearchQueryDay.day),
}
