"""A baseline for `tests.bench.api`: Flask and SQLAlchemy Core on the shop's own tables.

It reads and writes the same rows without the shop's logic: no authentication, validation,
pricing or enqueued jobs, and an order is one transaction.
"""

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, Response, request
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    create_engine,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from tests.support.bench_apps import RESPONSES_FOLDER_ENV
from webapp.config import Settings
from webapp.db.tables import Model
from webapp.kit.clock import to_unix_ms
from webapp.kit.ids import new_id

TABLES = Model.metadata.tables
PRODUCTS, VARIANTS, LINES = TABLES["products"], TABLES["variants"], TABLES["cart_lines"]
ORDERS, ITEMS = TABLES["orders"], TABLES["order_items"]


def create_core_app() -> Flask:
    url = Settings.load(read_platform_env=False).require_database_url()
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"),
        pool_size=20,
        pool_pre_ping=True,
    )
    app = Flask(__name__)
    _add_reads(app, engine)
    _add_writes(app, engine)
    return app


def _add_reads(app: Flask, engine: Engine) -> None:
    responses = Path(os.environ[RESPONSES_FOLDER_ENV])
    search_response = json.loads((responses / "search").read_bytes())
    hits = [UUID(item["productId"]) for item in search_response["items"]]

    @app.get("/api/v1/products")
    def list_products() -> Response:
        page = (
            select(PRODUCTS)
            .where(PRODUCTS.c.is_active)
            .order_by(PRODUCTS.c.created_at.desc(), PRODUCTS.c.id.desc())
            .limit(21)
        )
        with engine.connect() as connection:
            rows = list(connection.execute(page))[:20]
            return _json({"items": _load_products(connection, rows), "lastKey": "next"})

    @app.get("/api/v1/products/<uuid:product_id>")
    def show_product(product_id: UUID) -> Response:
        one = select(PRODUCTS).where(PRODUCTS.c.id == product_id)
        with engine.connect() as connection:
            return _json(_load_products(connection, list(connection.execute(one)))[0])

    @app.get("/api/v1/search")
    def search() -> Response:
        """As if the search engine always returned the same hits at once."""
        page = select(PRODUCTS).where(PRODUCTS.c.id.in_(hits))
        with engine.connect() as connection:
            rows = list(connection.execute(page))
            return _json({**search_response, "items": _load_products(connection, rows)})

    @app.get("/api/v1/cart")
    def show_cart() -> Response:
        with engine.connect() as connection:
            return _json({"items": [_line_json(row) for row in _read_cart(connection)]})


def _add_writes(app: Flask, engine: Engine) -> None:
    @app.post("/api/v1/cart")
    def set_quantity() -> Response:
        body = request.get_json()
        variant_id = UUID(body["variantId"])
        with engine.begin() as connection:
            price = select(VARIANTS.c.price_minor).where(VARIANTS.c.id == variant_id)
            values = {
                "quantity": body["quantity"],
                "price_minor": connection.execute(price).scalar_one(),
            }
            connection.execute(
                upsert(LINES)
                .values(id=new_id(), owner_id=_owner(), variant_id=variant_id, **values)
                .on_conflict_do_update(
                    index_elements=["owner_id", "variant_id"], set_=values
                )
            )
            return _json({"items": [_line_json(row) for row in _read_cart(connection)]})

    @app.post("/api/v1/orders")
    def place_order() -> Response:
        with engine.begin() as connection:
            bought = list(_read_cart(connection))
            order_id = _insert_order(connection, bought)
            for row in sorted(bought, key=lambda row: row.variant_id):
                connection.execute(
                    update(VARIANTS)
                    .where(VARIANTS.c.id == row.variant_id, VARIANTS.c.on_hand > 0)
                    .values(on_hand=VARIANTS.c.on_hand - row.quantity)
                )
            connection.execute(delete(LINES).where(LINES.c.owner_id == _owner()))
        lines = [_line_json(row) for row in bought]
        return _json({"orderId": str(order_id), "items": lines})


def _insert_order(connection: Connection, bought: list[Row[Any]]) -> UUID:
    order_id = new_id()
    total = sum(row.price_minor * row.quantity for row in bought)
    connection.execute(
        insert(ORDERS).values(
            id=order_id,
            customer_id=_owner(),
            status="PAID",
            payment_status="PAID",
            currency="USD",
            subtotal_minor=total,
            tax_minor=0,
            total_minor=total,
            shipping_address=request.get_json()["shippingAddress"],
        )
    )
    connection.execute(
        insert(ITEMS),
        [
            {
                "id": new_id(),
                "order_id": order_id,
                "position": position,
                "kind": "SALE",
                "variant_id": row.variant_id,
                "product_id": row.id,
                "name": row.name,
                "sku": row.sku,
                "category": row.category,
                "quantity": row.quantity,
                "unit_price_minor": row.price_minor,
                "line_total_minor": row.price_minor * row.quantity,
            }
            for position, row in enumerate(bought)
        ],
    )
    return order_id


def _owner() -> UUID:
    return UUID(request.headers["X-Owner"])


def _read_cart(connection: Connection) -> list[Row[Any]]:
    lines = (
        select(
            LINES.c.quantity,
            VARIANTS.c.price_minor,
            VARIANTS.c.on_hand,
            VARIANTS.c.held,
            VARIANTS.c.sku,
            VARIANTS.c.id.label("variant_id"),
            PRODUCTS.c.id,
            PRODUCTS.c.name,
            PRODUCTS.c.category,
        )
        .join(VARIANTS, VARIANTS.c.id == LINES.c.variant_id)
        .join(PRODUCTS, PRODUCTS.c.id == VARIANTS.c.product_id)
        .where(LINES.c.owner_id == _owner())
    )
    return list(connection.execute(lines))


def _load_products(
    connection: Connection, rows: list[Row[Any]]
) -> list[dict[str, Any]]:
    variants: dict[UUID, list[dict[str, Any]]] = {row.id: [] for row in rows}
    statement = (
        select(VARIANTS)
        .where(VARIANTS.c.product_id.in_(variants))
        .order_by(VARIANTS.c.position)
    )
    for row in connection.execute(statement):
        variants[row.product_id].append(
            {
                "variantId": str(row.id),
                "sku": row.sku,
                "options": row.options,
                "price": row.price_minor / 100,
                "stock": row.on_hand - row.held,
            }
        )
    return [_product_json(row, variants[row.id]) for row in rows]


def _json(value: object) -> Response:
    return Response(json.dumps(value), mimetype="application/json")


def _line_json(row: Any) -> dict[str, Any]:
    return {
        "productId": str(row.id),
        "variantId": str(row.variant_id),
        "name": row.name,
        "quantity": row.quantity,
        "price": row.price_minor / 100,
        "lineTotal": row.price_minor * row.quantity / 100,
        "stock": row.on_hand - row.held,
    }


def _product_json(row: Row[Any], variants: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "productId": str(row.id),
        "name": row.name,
        "description": row.description,
        "brand": row.brand,
        "category": row.category,
        "price": min(each["price"] for each in variants),
        "currency": row.currency,
        "stock": sum(each["stock"] for each in variants),
        "imageUrl": row.image_url,
        "tags": row.tags,
        "attributes": row.attributes,
        "isActive": row.is_active,
        "version": row.version,
        "variants": variants,
        "createdAt": to_unix_ms(row.created_at),
        "updatedAt": to_unix_ms(row.updated_at),
    }
