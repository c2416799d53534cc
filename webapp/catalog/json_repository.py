"""Products on sale as JSON that PostgreSQL writes: of all requests, shops get these most often.

A page is one statement without a transaction, and no row becomes an object here. What the JSON
contains is defined by `webapp.catalog.views.ProductView`, with which tests compare it.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from webapp.catalog.labels.models import LabelKind
from webapp.catalog.read_models import ProductJson
from webapp.db.session import Database
from webapp.db.statements import Statement
from webapp.kit.text import label_key

UNIX_MS = "floor(extract(epoch FROM {column}) * 1000)::bigint"
PRODUCT = f"""
    json_build_object(
        'productId', product.id, 'name', name, 'description', description, 'brand', brand,
        'category', category, 'price', coalesce(variants.price_minor, 0) / 100.0::float8,
        'currency', currency, 'stock', coalesce(variants.stock, 0), 'imageUrl', image_url,
        'tags', tags, 'attributes', attributes, 'isActive', is_active, 'version', version,
        'variants', coalesce(variants.items, '[]'),
        'createdAt', {UNIX_MS.format(column="product.created_at")},
        'updatedAt', {UNIX_MS.format(column="product.updated_at")}
    )::text
"""
VARIANTS = """
    CROSS JOIN LATERAL (
        SELECT min(price_minor) AS price_minor, sum(on_hand - held) AS stock,
            json_agg(json_build_object(
                'variantId', id, 'sku', sku, 'options', options,
                'price', price_minor / 100.0::float8, 'stock', on_hand - held
            ) ORDER BY position) AS items
        FROM variants WHERE product_id = product.id
    ) AS variants
"""
LIST = f"""
    SELECT created_at, id, {PRODUCT}
    FROM (
        SELECT * FROM products WHERE is_active {{conditions}}
        ORDER BY created_at DESC, id DESC LIMIT :limit
    ) AS product {VARIANTS}
    ORDER BY created_at DESC, id DESC
"""  # noqa: S608 - constants
OF_CATEGORY = """AND category = (
    SELECT spelling FROM product_labels WHERE kind = :kind AND key = :key
)"""
AFTER = "AND (created_at, id) < (:created_at, :id)"
ONE = Statement(f"""
    SELECT {PRODUCT} FROM products AS product {VARIANTS}
    WHERE product.id = :id AND is_active
""")  # noqa: S608 - constants


@cache
def _build_list(conditions: str) -> Statement:
    return Statement(LIST.format(conditions=conditions))


def list_products(
    db: Database,
    *,
    category: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[ProductJson]:
    """List products on sale, newest first."""
    conditions: list[str] = []
    parameters: dict[str, object] = {"limit": limit}
    if category is not None:
        conditions.append(OF_CATEGORY)
        parameters |= {"kind": LabelKind.CATEGORY, "key": label_key(category)}
    if after is not None:
        conditions.append(AFTER)
        parameters |= {"created_at": after[0], "id": after[1]}
    rows = db.fetch(_build_list(" ".join(conditions)), **parameters)
    return [ProductJson._make(row) for row in rows]


def find_product(db: Database, product_id: UUID) -> str | None:
    """`None` for a withdrawn product, too."""
    rows = db.fetch(ONE, id=product_id)
    return rows[0][0] if rows else None
