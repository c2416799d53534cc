from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import exists, func, insert, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.adapters.payments.port import PaymentIntentStatus
from webapp.catalog.models import Product, StockMovement, Variant
from webapp.checkout.policy import ROUNDING
from webapp.devtools.demo.bulk_repository import NULL, RowIds, copy_rows, format_array
from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.inventory import PastMovement
from webapp.devtools.demo.orders import PastOrder, PastRefund
from webapp.devtools.demo.people import DemoBuyer
from webapp.orders.models import Order, OrderEvent, OrderItem
from webapp.orders.status import Actor
from webapp.payments.models import Payment, Refund, RefundItem

Row: TypeAlias = tuple[object, ...]
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
    session: Session, registrations: Sequence[tuple[DemoBuyer, datetime]]
) -> dict[str | None, str]:
    """Insert customers, each with the time of registering; returns their ids by reference.

    Nobody can sign in to their accounts: they have no passwords.
    """
    ids = RowIds(seed=1)
    rows = [
        (ids.build_id(at), at, buyer.email, buyer.name, "{}", at + VERIFIED_AFTER)
        for buyer, at in registrations
    ]
    copy_rows(session, Customer, CUSTOMER_COLUMNS, rows)
    references = (buyer.reference for buyer, _ in registrations)
    return dict(zip(references, (row[0] for row in rows), strict=True))


@dataclass
class HistoryRows:
    """Rows of past orders, by table, and what they have in common."""

    customer_ids: Mapping[str | None, object]
    currency: str
    """The shop's."""
    ids: RowIds = field(default_factory=lambda: RowIds(seed=0))
    orders: list[Row] = field(default_factory=list)
    items: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    refund_items: list[Row] = field(default_factory=list)

    def add_order(self, order: PastOrder) -> str:
        """Returns its id."""
        order_id = self.ids.build_id(order.placed_at)
        events = list(order.list_events())
        item_ids = [self._add_item(order, order_id, n) for n in range(len(order.lines))]
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
                order.placed_at,
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
                order.placed_at,
                max(events)[0],
            )
        )
        return order_id

    def _add_item(self, order: PastOrder, order_id: str, position: int) -> str:
        """Returns its id."""
        item_id = self.ids.build_id(order.placed_at)
        line, unit_price = order.lines[position], order.unit_prices[position]
        self.items.append(
            (
                item_id,
                order.placed_at,
                order_id,
                position,
                line.kind,
                line.quantity,
                unit_price,
                unit_price * line.quantity,
                line.variant.id,
                line.variant.sku,
                *_describe_product(line.product),
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
def _describe_product(product: DemoProduct) -> Row:
    """What its lines copy of it."""
    return (
        product.id,
        product.name,
        product.category,
        product.brand,
        format_array(product.tags),
        product.image_url,
    )


def insert_orders(
    session: Session,
    orders: Iterable[PastOrder],
    *,
    customer_ids: Mapping[str | None, object],
    currency: str,
) -> dict[str | None, str]:
    """Insert past orders, numbered in the given order; returns their ids by reference.

    `customer_ids` are those of the buyers with an account, `currency` is the shop's.
    """
    rows = HistoryRows(customer_ids, currency)
    order_ids: dict[str | None, str] = {
        order.reference: rows.add_order(order) for order in orders
    }
    copy_rows(session, Order, ORDER_COLUMNS, rows.orders)
    copy_rows(session, OrderItem, ITEM_COLUMNS, rows.items)
    copy_rows(session, OrderEvent, EVENT_COLUMNS, rows.events)
    copy_rows(session, Payment, PAYMENT_COLUMNS, rows.payments)
    copy_rows(session, Refund, REFUND_COLUMNS, rows.refunds)
    copy_rows(session, RefundItem, REFUND_ITEM_COLUMNS, rows.refund_items)
    return order_ids


def insert_movements(
    session: Session,
    movements: Iterable[PastMovement],
    *,
    order_ids: Mapping[str | None, str],
) -> None:
    ids = RowIds(seed=2)
    rows = [
        (
            ids.build_id(movement.at),
            movement.at,
            movement.variant_id,
            order_ids.get(movement.order_reference, NULL),
            movement.reason,
            movement.units,
            0,
        )
        for movement in movements
    ]
    copy_rows(session, StockMovement, MOVEMENT_COLUMNS, rows)
