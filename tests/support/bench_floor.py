"""The floor of the reads for `tests.bench.api`: what the same gunicorn, Flask, psycopg and
PostgreSQL cost.

One statement reads the same rows with their variants, and PostgreSQL writes the JSON. There are no
limits, CORS, request ids, security headers or logs.
"""

from functools import cache
from uuid import UUID

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

from webapp.config import Settings

POOL_SIZE = 20
ITEM = """
    json_build_object(
        'productId', p.id, 'name', name, 'description', description, 'brand', brand,
        'category', category, 'currency', currency, 'imageUrl', image_url, 'tags', tags,
        'attributes', attributes, 'isActive', is_active, 'version', version,
        'price', v.price, 'stock', v.stock, 'variants', v.items,
        'createdAt', extract(epoch FROM p.created_at), 'updatedAt', extract(epoch FROM updated_at)
    )
"""
VARIANTS = """
    CROSS JOIN LATERAL (
        SELECT min(price_minor) / 100.0 AS price, sum(on_hand - held) AS stock,
            json_agg(json_build_object('variantId', id, 'sku', sku, 'options', options,
                'price', price_minor / 100.0, 'stock', on_hand - held) ORDER BY position) AS items
        FROM variants WHERE product_id = p.id
    ) AS v
"""
PAGE = f"""
    SELECT json_build_object('items', json_agg({ITEM}), 'lastKey', 'next')::text FROM (
        SELECT * FROM products WHERE is_active ORDER BY created_at DESC, id DESC LIMIT %s
    ) AS p {VARIANTS}
"""  # noqa: S608 - constants
ONE = f"SELECT {ITEM}::text FROM products AS p {VARIANTS} WHERE p.id = %s"  # noqa: S608


@cache
def get_pool() -> ConnectionPool:
    """Opened by the first request: its threads would not survive the fork."""
    return ConnectionPool(
        Settings.load(read_platform_env=False).require_database_url(),
        min_size=POOL_SIZE,
        kwargs={"autocommit": True},
        open=True,
    )


def create_floor_app() -> Flask:
    app = Flask(__name__)

    def fetch(statement: str, value: object) -> Response:
        with get_pool().connection() as connection:
            row = connection.execute(statement.encode(), [value]).fetchone()
        return Response(row[0] if row else "", mimetype="application/json")

    @app.get("/api/v1/products")
    def list_products() -> Response:
        return fetch(PAGE, int(request.args.get("limit", 20)))

    @app.get("/api/v1/products/<uuid:product_id>")
    def show_product(product_id: UUID) -> Response:
        return fetch(ONE, product_id)

    return app
