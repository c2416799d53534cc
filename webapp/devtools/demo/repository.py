from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import exists, func, insert, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.adapters.payments.port import PaymentIntentStatus
from webapp.adapters.search.port import Sort
from webapp.cart.models import CartLine
from webapp.catalog.models import Product, StockMovement, Variant
from webapp.checkout.policy import ROUNDING
from webapp.devtools.demo.bulk_repository import (
    NULL,
    BulkWriter,
    Row,
    RowIds,
    format_array,
)
from webapp.devtools.demo.carts import LeftCartLine
from webapp.devtools.demo.catalog import DemoProduct, DemoVariant
from webapp.devtools.demo.inventory import PastMovement
from webapp.devtools.demo.orders import PastOrder, PastRefund
from webapp.devtools.demo.people import DemoBuyer
from webapp.devtools.demo.searches import VISITORS, PastSearch, SearchCounts
from webapp.kit.text import label_key
from webapp.orders.models import Order, OrderEvent, OrderItem
from webapp.orders.status import Actor
from webapp.payments.models import Payment, Refund, RefundItem
from webapp.search_analytics.buffered_events import FollowUpType
from webapp.search_analytics.models import RecordedSearch, SearchEvent, SearchQueryDay

ORDERS_AT_ONCE = 2_000
VERIFIED_AFTER = timedelta(minutes=2)
CUSTOMER_COLUMNS = ("id", "created_at", "email", "name", "groups", "verified_at")
ORDER_COLUMNS = (
    "id", "created_at", "customer_id", "external_ref", "channel", "status", "payment_status",
    "currency", "base_currency", "exchange_rate", "rounding", "tax_percent", "subtotal_minor",
    "tax_minor", "total_minor", "book_total_minor", "payment_id", "shipping_address",
    "tracking_number", "placed_at", "updated_at",
)  # fmt: skip
ITEM_COLUMNS = (
    "id", "created_at", "order_id", "position", "kind", "quantity", "unit_price_minor",
    "line_total_minor", "variant_id", "sku", "product_id", "name", "category", "brand", "tags",
    "image_url",
)  # fmt: skip
EVENT_COLUMNS = ("id", "created_at", "order_id", "type", "actor", "details")
PAYMENT_COLUMNS = (
    "id", "created_at", "order_id", "intent_id", "status", "amount_minor", "currency",
    "refunded_minor", "updated_at",
)  # fmt: skip
REFUND_COLUMNS = (
    "id", "created_at", "payment_id", "amount_minor", "reason", "actor", "stripe_refund_id",
)  # fmt: skip
REFUND_ITEM_COLUMNS = (
    "id", "created_at", "refund_id", "order_item_id", "quantity", "amount_minor",
)  # fmt: skip
CART_COLUMNS = (
    "id", "created_at", "owner_id", "variant_id", "quantity", "price_minor", "seen_price_minor",
)  # fmt: skip
SEARCHES_SEED = 3
VISITOR_BITS = 128
"""Of the hash that a visitor is known by."""
SEARCH_COLUMNS = (
    "id", "occurred_at", "text", "query", "filters", "sort", "is_first_page", "results", "visitor",
    "is_aggregated",
)  # fmt: skip
SEARCH_EVENT_COLUMNS = (
    "id", "search_id", "type", "product_id", "position", "occurred_at",
)  # fmt: skip
SEARCH_DAY_COLUMNS = (
    "day", "query", "searches", "zero_results", "clicks", "adds", "orders", "clicked",
    "known_visitors", "ordered",
)  # fmt: skip
ORDER_EVENT = "order"
MOVEMENT_COLUMNS = (
    "id", "created_at", "variant_id", "order_id", "reason", "on_hand", "held",
)  # fmt: skip
ADVISORY_LOCK = 670_067
"""Serializes concurrent first starts: the second waits, then finds the shop filled."""


def is_shop_empty(session: Session) -> bool:
    """Whether the shop has no products, customers or orders.

    Takes a lock, so that no other process fills the shop during this transaction.
    """
    session.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
    non_empty = [exists(select(table.id)) for table in (Product, Customer, Order)]
    return not session.scalar(select(or_(*non_empty)))


def has_account(session: Session, email: str) -> bool:
    return bool(session.scalar(select(exists().where(Customer.email == email))))


def insert_products(
    session: Session, products: Iterable[tuple[DemoProduct, datetime]], *, currency: str
) -> None:
    """Insert products, each with the time since which it is listed."""
    rows = list(products)
    session.execute(
        insert(Product),
        [_product_row(product, since, currency) for product, since in rows],
    )
    session.execute(
        insert(Variant),
        [row for product, since in rows for row in _variant_rows(product, since)],
    )


def _product_row(
    product: DemoProduct, since: datetime, currency: str
) -> dict[str, Any]:
    return {
        "id": product.id,
        "created_at": since,
        "updated_at": since,
        "external_ref": f"demo:{product.slug}",
        "name": product.name,
        "description": product.description,
        "brand": product.brand,
        "category": product.category,
        "currency": currency,
        "image_url": product.image_url,
        "tags": product.tags,
        "attributes": product.attributes,
        "is_active": product.is_active,
    }


def _variant_rows(product: DemoProduct, since: datetime) -> Iterator[dict[str, Any]]:
    for position, variant in enumerate(product.variants):
        yield {
            "id": variant.id,
            "created_at": since,
            "product_id": product.id,
            "position": position,
            "sku": variant.sku,
            "options": variant.options,
            "price_minor": variant.price_minor,
            "on_hand": variant.stock,
        }


def insert_customers(
    writer: BulkWriter, registrations: Sequence[tuple[DemoBuyer, datetime]]
) -> dict[str | None, str]:
    """Insert customers, each with the time of registering; returns their ids by reference.

    Nobody can sign in to their accounts: they have no passwords.
    """
    ids = RowIds(seed=1)
    rows = [
        (ids.build_id(at), at, buyer.email, buyer.name, "{}", at + VERIFIED_AFTER)
        for buyer, at in registrations
    ]
    writer.insert_rows(Customer, CUSTOMER_COLUMNS, rows)
    references = (buyer.reference for buyer, _ in registrations)
    return dict(zip(references, (row[0] for row in rows), strict=True))


@dataclass
class HistoryRows:
    """Rows of past orders, by table, and what they have in common."""

    customer_ids: Mapping[str | None, object]
    currency: str
    """The shop's."""
    ids: RowIds
    orders: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    refund_items: list[Row] = field(default_factory=list)

    def add_order(self, order: PastOrder) -> str:
        """Returns its id."""
        order_id = self.ids.build_id(order.placed_at)
        placed_at = str(order.placed_at)
        events = list(order.list_events())
        item_ids = [
            self._add_item(order, n, order_id, placed_at)
            for n in range(len(order.lines))
        ]
        self.events += [
            (self.ids.build_id(at), at, order_id, kind, actor, "{}")
            for at, kind, actor in events
        ]
        intent_id = (
            NULL
            if order.refund is None
            else self._add_refund(order, order.refund, order_id, item_ids)
        )
        is_converted = order.currency != self.currency
        self.orders.append(
            (
                order_id,
                placed_at,
                self.customer_ids.get(order.buyer.reference, NULL),
                order.reference,
                order.channel,
                order.status,
                order.payment_status,
                order.currency,
                self.currency if is_converted else NULL,
                order.exchange_rate if is_converted else NULL,
                ROUNDING if is_converted else NULL,
                order.tax_percent,
                order.totals.subtotal_minor,
                order.totals.tax_minor,
                order.totals.total_minor,
                order.book_totals.total_minor,
                intent_id,
                order.buyer.address_json,
                order.tracking_number or NULL,
                placed_at,
                max(events)[0],
            )
        )
        return order_id

    def _add_item(
        self, order: PastOrder, position: int, order_id: str, placed_at: str
    ) -> str:
        """Returns its id."""
        item_id = self.ids.build_id(order.placed_at)
        line, unit_price = order.lines[position], order.unit_prices[position]
        self.items.append(
            (
                item_id,
                placed_at,
                order_id,
                position,
                line.kind,
                line.quantity,
                unit_price,
                unit_price * line.quantity,
                *_describe_variant(line.product, line.variant),
            )
        )
        return item_id

    def _add_refund(
        self,
        order: PastOrder,
        refund: PastRefund,
        order_id: str,
        item_ids: Sequence[str],
    ) -> str:
        """Add the payment of an order and what of it was paid back; returns the id of the
        payment's intent."""
        paid_at, refunded_at = order.placed_at, refund.refunded_at
        payment_id, refund_id = (self.ids.build_id(at) for at in (paid_at, refunded_at))
        intent_id = f"pi_{payment_id}"
        paid = order.list_payments()
        refunded = sum(paid[position] for position in refund.positions)
        self.payments.append(
            (
                payment_id,
                paid_at,
                order_id,
                intent_id,
                PaymentIntentStatus.SUCCEEDED,
                order.totals.total_minor,
                order.currency,
                refunded,
                refunded_at,
            )
        )
        self.refunds.append(
            (
                refund_id,
                refunded_at,
                payment_id,
                refunded,
                refund.reason,
                Actor.ADMIN,
                f"re_{refund_id}",
            )
        )
        self.refund_items += [
            (
                self.ids.build_id(refunded_at),
                refunded_at,
                refund_id,
                item_ids[position],
                order.lines[position].quantity,
                paid[position],
            )
            for position in refund.positions
        ]
        return intent_id


@cache
def _describe_variant(product: DemoProduct, variant: DemoVariant) -> Row:
    """What its lines copy of it."""
    return (
        str(variant.id),
        variant.sku,
        str(product.id),
        product.name,
        product.category,
        product.brand,
        format_array(product.tags),
        product.image_url,
    )


def insert_orders(
    writer: BulkWriter,
    orders: Sequence[PastOrder],
    *,
    customer_ids: Mapping[str | None, object],
    currency: str,
) -> dict[str | None, str]:
    """Insert past orders, numbered in the given order; returns their ids by reference.

    `customer_ids` are those of the buyers with an account, `currency` is the shop's.
    """
    ids = RowIds(seed=0)
    order_ids: dict[str | None, str] = {}
    for start in range(0, len(orders), ORDERS_AT_ONCE):
        rows = HistoryRows(customer_ids, currency, ids)
        for order in orders[start : start + ORDERS_AT_ONCE]:
            order_ids[order.reference] = rows.add_order(order)
        for table, columns, table_rows in (
            (Order, ORDER_COLUMNS, rows.orders),
            (OrderItem, ITEM_COLUMNS, rows.items),
            (OrderEvent, EVENT_COLUMNS, rows.events),
            (Payment, PAYMENT_COLUMNS, rows.payments),
            (Refund, REFUND_COLUMNS, rows.refunds),
            (RefundItem, REFUND_ITEM_COLUMNS, rows.refund_items),
        ):
            writer.insert_rows(table, columns, table_rows)
            if not start and table is OrderItem:
                writer.analyze_keys(Order, OrderItem)
    return order_ids


# The same few ids are written many times.
_format_id = cache(str)


def insert_movements(
    writer: BulkWriter,
    movements: Iterable[PastMovement],
    *,
    order_ids: Mapping[str | None, str],
) -> None:
    ids = RowIds(seed=2)
    rows = [
        (
            ids.build_id(movement.at),
            movement.at,
            _format_id(movement.variant_id),
            order_ids.get(movement.order_reference, NULL),
            movement.reason,
            movement.units,
            0,
        )
        for movement in movements
    ]
    writer.insert_rows(StockMovement, MOVEMENT_COLUMNS, rows)


def insert_carts(
    writer: BulkWriter,
    lines: Iterable[LeftCartLine],
    *,
    customer_ids: Mapping[str | None, str],
) -> None:
    ids = RowIds(seed=4)
    rows = [
        (
            ids.build_id(line.added_at),
            line.added_at,
            customer_ids[line.buyer.reference],
            line.variant.id,
            1,
            line.variant.price_minor,
            line.variant.price_minor,
        )
        for line in lines
    ]
    writer.insert_rows(CartLine, CART_COLUMNS, rows)


def insert_searches(
    writer: BulkWriter,
    searches: Sequence[PastSearch],
    *,
    order_ids: Mapping[str | None, str],
) -> None:
    """Insert searches of visitors, with what followed; none is added to the figures of its day."""
    random = Random(SEARCHES_SEED)  # noqa: S311 deterministic on purpose, not a secret
    visitors = [f"{random.getrandbits(VISITOR_BITS):032x}" for _ in range(VISITORS)]
    ids = RowIds(SEARCHES_SEED)
    rows: list[Row] = []
    events: list[Row] = []
    for search in searches:
        search_id = ids.build_id(search.searched_at)
        rows.append(
            (
                search_id,
                search.searched_at,
                search.query.text,
                label_key(search.query.text),
                "{}",
                Sort.RELEVANCE,
                "true",
                search.query.results,
                NULL if search.visitor is None else visitors[search.visitor],
                "false",
            )
        )
        events += _event_of_search_rows(search, UUID(search_id), order_ids)
    writer.insert_rows(RecordedSearch, SEARCH_COLUMNS, rows)
    writer.insert_rows(SearchEvent, SEARCH_EVENT_COLUMNS, events)


def _event_of_search_rows(
    search: PastSearch, search_id: UUID, order_ids: Mapping[str | None, str]
) -> Iterator[Row]:
    """With the ids by which the shop knows an event that it has already."""
    click = search.click
    if click is None:
        return
    for kind, at in (
        (FollowUpType.CLICK, click.clicked_at),
        (FollowUpType.ADD_TO_CART, click.added_at),
    ):
        if at is not None:
            event_id = uuid5(search_id, f"{kind} {click.product.id}")
            yield event_id, search_id, kind, click.product.id, click.position, at
    if search.order is not None:
        order_id = UUID(order_ids[search.order.reference])
        event_id = uuid5(search_id, f"{ORDER_EVENT} {order_id}")
        yield event_id, search_id, ORDER_EVENT, NULL, NULL, search.order.placed_at


def insert_search_days(
    writer: BulkWriter, days: Mapping[tuple[date, str], SearchCounts]
) -> None:
    """Insert the figures of days of which no searches are kept."""
    rows = [
        (
            day,
            label_key(text),
            counts.searches,
            counts.zero_results,
            counts.clicks,
            counts.adds,
            counts.orders,
            counts.clicks,
            counts.known_visitors,
            counts.orders,
        )
        for (day, text), counts in days.items()
    ]
    writer.insert_rows(SearchQueryDay, SEARCH_DAY_COLUMNS, rows)
