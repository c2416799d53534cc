from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Jsonb
from sqlalchemy import exists, func, insert, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Customer
from webapp.catalog.models import Product, Variant
from webapp.db.base import Record
from webapp.devtools.demo.catalog import DemoProduct
from webapp.devtools.demo.orders import PastOrder
from webapp.kit.clock import to_unix_ms
from webapp.kit.ids import id_at
from webapp.orders.models import Order, OrderEvent, OrderItem

ADVISORY_LOCK = 670_067
"""Two first starts at once: the second waits here and then finds the shop filled."""


def is_shop_empty(session: Session) -> bool:
    """Nobody has sold, bought or registered anything here yet, nor will anybody else fill
    the shop during this transaction."""
    session.execute(select(func.pg_advisory_xact_lock(ADVISORY_LOCK)))
    used = [exists(select(table.id)) for table in (Product, Customer, Order)]
    return not session.scalar(select(or_(*used)))


def has_account(session: Session, email: str) -> bool:
    return bool(session.scalar(select(exists().where(Customer.email == email))))


def insert_products(
    session: Session, products: Iterable[tuple[DemoProduct, datetime]], *, currency: str
) -> None:
    """Products with the moment since when they are on sale."""
    listed = list(products)
    session.execute(
        insert(Product),
        [_product(product, since, currency) for product, since in listed],
    )
    session.execute(
        insert(Variant),
        [row for product, since in listed for row in _variants(product, since)],
    )


def _product(product: DemoProduct, since: datetime, currency: str) -> dict[str, Any]:
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


def _variants(product: DemoProduct, since: datetime) -> Iterator[dict[str, Any]]:
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


def insert_orders(
    session: Session,
    orders: Sequence[PastOrder],
    *,
    accounts: Mapping[str, UUID],
    currency: str,
    tax_percent: Decimal,
) -> None:
    """Orders of the past, numbered in the order given; `accounts` says which buyers can
    sign in."""
    random = Random(0)  # noqa: S311 identifiers need to differ, not to be secret
    rows: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for order in orders:
        row = _order(order, accounts, currency, tax_percent)
        row["id"] = _id(order.placed_at, random)
        rows.append(row)
        items += _items(order, row["id"], random)
        events += _events(order, row["id"], random)
    _copy(session, Order, rows)
    _copy(session, OrderItem, items)
    _copy(session, OrderEvent, events)


def _order(
    order: PastOrder, accounts: Mapping[str, UUID], currency: str, tax_percent: Decimal
) -> dict[str, Any]:
    totals = order.compute_totals(tax_percent)
    reference = order.buyer.reference
    customer_id = accounts.get(reference or "")
    return {
        "created_at": order.placed_at,
        "customer_id": customer_id,
        "customer_ref": None if customer_id else reference,
        "external_ref": order.reference,
        "status": order.status,
        "payment_status": order.payment_status,
        "currency": currency,
        "subtotal_minor": totals.subtotal_minor,
        "tax_minor": totals.tax_minor,
        "total_minor": totals.total_minor,
        "shipping_address": Jsonb(order.buyer.address),
        "tracking_number": order.tracking_number,
        "placed_at": order.placed_at,
        "updated_at": max(moment for moment, *_ in order.list_events()),
    }


def _items(
    order: PastOrder, order_id: UUID, random: Random
) -> Iterator[dict[str, Any]]:
    for position, line in enumerate(order.lines):
        yield {
            "id": _id(order.placed_at, random),
            "created_at": order.placed_at,
            "order_id": order_id,
            "position": position,
            "kind": line.kind,
            "variant_id": line.variant.id,
            "product_id": line.product.id,
            "name": line.product.name,
            "sku": line.variant.sku,
            "category": line.product.category,
            "image_url": line.product.image_url,
            "quantity": line.quantity,
            "unit_price_minor": line.variant.price_minor,
            "line_total_minor": line.total_minor,
        }


def _events(
    order: PastOrder, order_id: UUID, random: Random
) -> Iterator[dict[str, Any]]:
    for moment, kind, actor in order.list_events():
        yield {
            "id": _id(moment, random),
            "created_at": moment,
            "order_id": order_id,
            "type": kind,
            "actor": actor,
            "details": "{}",
        }


def _copy(
    session: Session, table: type[Record], rows: Sequence[dict[str, Any]]
) -> None:
    """Rows with the same keys by COPY: 60,000 in a second, where INSERT takes eight."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, Connection):
        msg = f"COPY needs psycopg, not {type(connection).__name__}"
        raise TypeError(msg)
    columns = ", ".join(rows[0])
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table.__tablename__} ({columns}) FROM STDIN") as target,
    ):
        for row in rows:
            target.write_row(tuple(row.values()))


def _id(moment: datetime, random: Random) -> UUID:
    return id_at(to_unix_ms(moment), random.getrandbits(80))
