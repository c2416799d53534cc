"""What gunicorn serves for `tests.bench.api`: the shop, and two floors to hold it against.

Each is made from the settings in the environment. The shop's only stand-in is the card
network: a charge succeeds at once, inside the process.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, Response, request
from sqlalchemy import Row, create_engine, select

from webapp.app import create_app
from webapp.bootstrap import build_runtime
from webapp.cart.models import CartLine
from webapp.catalog.models import Product, Variant
from webapp.config import Settings
from webapp.kit.clock import unix_ms
from webapp.suppliers.payments import Intent, IntentStatus
from webapp.suppliers.stripe_gateway import StripeGateway

ANSWERS = "BENCH_ANSWERS"
"""A folder with the bytes that the shop answered, one file an operation."""


class InstantStripe(StripeGateway):
    """Every charge is paid, without a request."""

    def charge(
        self,
        *,
        order_id: str,
        amount_minor: int,
        currency: str,
        payment_method_id: str,  # noqa: ARG002
        idempotency_key: str,  # noqa: ARG002
        customer_email: str | None = None,  # noqa: ARG002
    ) -> Intent:
        return Intent(
            id=f"pi_{order_id}",
            status=IntentStatus.SUCCEEDED,
            amount_minor=amount_minor,
            received_minor=amount_minor,
            currency=currency,
            client_secret=None,
            decline_code=None,
            decline_message=None,
            charge_id=f"ch_{order_id}",
            order_id=order_id,
            action_url=None,
        )


def shop() -> Flask:
    settings = Settings.load(platform=False)
    stripe = InstantStripe(api_key="sk_test_bench", webhook_secret=None, site="")
    return create_app(replace(build_runtime(settings), payments=stripe))


def bare() -> Flask:
    """Flask and nothing else: the same bytes, already written."""
    app = Flask(__name__)
    folder = Path(os.environ[ANSWERS])
    answers = {file.name: file.read_bytes() for file in folder.iterdir()}

    def said(name: str, **_path: Any) -> Response:
        return Response(answers[name], mimetype="application/json")

    for rule, method, name in (
        ("/api/v1/products", "GET", "list"),
        ("/api/v1/products/<uuid:product_id>", "GET", "detail"),
        ("/api/v1/search", "GET", "search"),
        ("/api/v1/cart", "GET", "cart"),
        ("/api/v1/cart", "POST", "cart"),
        ("/api/v1/orders", "POST", "order"),
    ):
        app.add_url_rule(
            rule, f"{method} {rule}", said, methods=[method], defaults={"name": name}
        )
    return app


def core() -> Flask:
    """Flask and SQLAlchemy Core: the same rows, written as JSON by the standard library."""
    app = Flask(__name__)
    url = Settings.load(platform=False).require_database_url()
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"),
        pool_size=20,
        pool_pre_ping=True,
    )
    products, variants = Product.__table__, Variant.__table__
    lines = CartLine.__table__

    def in_full(connection: Any, found: list[Row[Any]]) -> list[dict[str, Any]]:
        owned: dict[UUID, list[dict[str, Any]]] = {row.id: [] for row in found}
        wanted = (
            select(variants)
            .where(variants.c.product_id.in_(owned))
            .order_by(variants.c.position)
        )
        for row in connection.execute(wanted):
            owned[row.product_id].append(
                {
                    "variantId": str(row.id),
                    "sku": row.sku,
                    "options": row.options,
                    "price": row.price_minor / 100,
                    "stock": row.on_hand - row.held,
                }
            )
        return [_as_json(row, owned[row.id]) for row in found]

    @app.get("/api/v1/products")
    def listed() -> Response:
        page = (
            select(products)
            .where(products.c.is_active)
            .order_by(products.c.created_at.desc(), products.c.id.desc())
            .limit(21)
        )
        with engine.connect() as connection:
            found = list(connection.execute(page))[:20]
            return _json({"items": in_full(connection, found), "lastKey": "next"})

    @app.get("/api/v1/products/<uuid:product_id>")
    def shown(product_id: UUID) -> Response:
        with engine.connect() as connection:
            found = connection.execute(
                select(products).where(products.c.id == product_id)
            )
            return _json(in_full(connection, list(found))[0])

    @app.get("/api/v1/cart")
    def cart() -> Response:
        owner = UUID(request.headers["X-Owner"])
        with engine.connect() as connection:
            rows = connection.execute(
                select(
                    lines.c.quantity,
                    variants.c.price_minor,
                    variants.c.on_hand,
                    variants.c.held,
                    products.c.id,
                    products.c.name,
                    variants.c.id.label("variant_id"),
                )
                .join(variants, variants.c.id == lines.c.variant_id)
                .join(products, products.c.id == variants.c.product_id)
                .where(lines.c.owner_id == owner)
            )
            return _json({"items": [_line(row) for row in rows]})

    return app


def _json(value: object) -> Response:
    return Response(json.dumps(value), mimetype="application/json")


def _line(row: Any) -> dict[str, Any]:
    return {
        "productId": str(row.id),
        "variantId": str(row.variant_id),
        "name": row.name,
        "quantity": row.quantity,
        "price": row.price_minor / 100,
        "lineTotal": row.price_minor * row.quantity / 100,
        "stock": row.on_hand - row.held,
    }


def _as_json(row: Row[Any], variants: list[dict[str, Any]]) -> dict[str, Any]:
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
        "createdAt": unix_ms(row.created_at),
        "updatedAt": unix_ms(row.updated_at),
    }
