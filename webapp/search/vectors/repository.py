from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnExpressionArgument, Select, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.adapters.embeddings.port import Vectors
from webapp.adapters.search.port import SearchFilters
from webapp.catalog.labels.models import LabelKind, ProductLabel
from webapp.catalog.models import Product, Variant
from webapp.kit.text import label_key
from webapp.search.vectors.models import ProductVector

MAX_TEXT_LENGTH = 400
"""Characters, some 90 tokens: what follows costs time and makes no difference to the ranking."""
MIN_CANDIDATES, MAX_CANDIDATES = 200, 1000
"""Bounds of the candidates that pgvector keeps while it walks through the index, twice as many as
products are wanted: with fewer it misses some, and it takes no more."""
CATALOG_LOCK = func.hashtext("embed_catalog")

EMBEDDED_TEXT = func.left(
    func.concat_ws(". ", Product.name, func.nullif(Product.description, "")),
    MAX_TEXT_LENGTH,
)
TEXT_HASH = func.sha256(func.convert_to(EMBEDDED_TEXT, "UTF8"))
"""Computed by PostgreSQL, so that a catalog is compared without reading its texts."""
SEARCH_OPTIONS = text("""
    SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
        set_config('hnsw.ef_search', CAST(:candidates AS text), true),
        set_config('plan_cache_mode', 'force_custom_plan', true)
""")
"""Of this transaction. The index is walked on until enough rows pass the filters; the plan depends
on how many do, which a plan for all parameters would not know."""


class ProductText(NamedTuple):
    """What is embedded of a product."""

    product_id: UUID
    text: str
    text_hash: bytes


class NearProduct(NamedTuple):
    product_id: UUID
    similarity: float
    """Cosine, up to 1."""


def list_changed_texts(
    session: Session, *, model: str, ids: Sequence[UUID]
) -> Sequence[ProductText]:
    """The texts of those of the products that are on sale and have no vector of their text."""
    statement = select(Product.id, EMBEDDED_TEXT, TEXT_HASH).where(
        Product.id.in_(ids), *_lacks_vector(model)
    )
    rows = session.execute(_join_vectors(statement).order_by(Product.id))
    return [ProductText(*row) for row in rows]


def list_changed_ids(
    session: Session, *, model: str, ids: Sequence[UUID] | None = None
) -> Sequence[UUID]:
    """The products, all or of `ids`, that are on sale and have no vector of their text; in the
    order in which they were created."""
    statement = select(Product.id).where(*_lacks_vector(model)).order_by(Product.id)
    if ids is not None:
        statement = statement.where(Product.id.in_(ids))
    return session.scalars(_join_vectors(statement)).all()


def store_vectors(
    session: Session, texts: Sequence[ProductText], vectors: Vectors, *, model: str
) -> int:
    """Store the vectors of texts that the products still have; return how many."""
    hashes = select(Product.id, TEXT_HASH.label("text_hash")).where(
        Product.id.in_([each.product_id for each in texts])
    )
    current = {row.id: row.text_hash for row in session.execute(hashes)}
    rows = [
        {
            "product_id": each.product_id,
            "text_hash": each.text_hash,
            "model": model,
            "embedding": vector,
        }
        for each, vector in zip(texts, vectors, strict=True)
        if current.get(each.product_id) == each.text_hash
    ]
    if not rows:
        return 0
    statement = insert(ProductVector)
    replaced = {
        name: statement.excluded[name] for name in ("text_hash", "model", "embedding")
    }
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[ProductVector.product_id],
            set_={**replaced, "embedded_at": func.now()},
        ),
        rows,
    )
    return len(rows)


def find_nearest(
    session: Session,
    vector: Vectors,
    filters: SearchFilters,
    *,
    limit: int = 200,
    min_similarity: float,
) -> Sequence[NearProduct]:
    """The products on sale that pass the filters and are at least so similar, the nearest first.

    The index finds nearly all of them. It gives up after 20,000 products (`hnsw.max_scan_tuples`);
    when it then has found too few, all products that pass the filters are compared: they are few.
    """
    conditions = _build_conditions(session, filters)
    if conditions is None:
        return []
    distance = ProductVector.embedding.cosine_distance(vector)
    nearest = (
        select(ProductVector.product_id, 1 - distance)
        .join(Product, Product.id == ProductVector.product_id)
        .where(*conditions)
        .limit(limit)
    )
    candidates = min(max(2 * limit, MIN_CANDIDATES), MAX_CANDIDATES)
    session.execute(SEARCH_OPTIONS, {"candidates": candidates})
    found = _fetch_products(session, nearest.order_by(distance))
    if len(found) < limit and all(each.similarity >= min_similarity for each in found):
        # No index has the order of a sum.
        found = _fetch_products(session, nearest.order_by(distance + 0))
    return [each for each in found if each.similarity >= min_similarity]


def find_vector(session: Session, product_id: UUID) -> Vectors | None:
    """That of a product; none where it is not embedded yet."""
    statement = select(ProductVector.embedding).where(
        ProductVector.product_id == product_id
    )
    found = session.scalar(statement)
    return None if found is None else np.asarray(found, np.float32)


def lock_catalog(session: Session) -> bool:
    """Whether no other run embeds the catalog, nor will begin before the session's transaction
    ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(CATALOG_LOCK))))


def await_catalog(session: Session) -> None:
    """Wait until no other run embeds the catalog, then as `lock_catalog`."""
    session.execute(select(func.pg_advisory_xact_lock(CATALOG_LOCK)))


def _join_vectors(statement: Select[Any]) -> Select[Any]:
    return statement.outerjoin(ProductVector, ProductVector.product_id == Product.id)


def _lacks_vector(model: str) -> Iterator[ColumnExpressionArgument[bool]]:
    yield Product.is_active
    yield or_(
        ProductVector.product_id.is_(None),
        ProductVector.model != model,
        ProductVector.text_hash != TEXT_HASH,
    )


def _fetch_products(session: Session, statement: Select[Any]) -> list[NearProduct]:
    """The nearest first: of an iterative scan they come in nearly that order."""
    found = [NearProduct(*row) for row in session.execute(statement)]
    return sorted(found, key=lambda each: (-each.similarity, each.product_id))


def _build_conditions(
    session: Session, filters: SearchFilters
) -> list[ColumnExpressionArgument[bool]] | None:
    """None where no product has such categories or brands."""
    labels = {
        LabelKind.CATEGORY: (Product.category, filters.categories),
        LabelKind.BRAND: (Product.brand, filters.brands),
    }
    conditions: list[ColumnExpressionArgument[bool]] = [Product.is_active]
    for kind, (column, names) in labels.items():
        if names:
            # As values, and no subquery, they tell the planner how many products have them.
            spellings = session.scalars(
                select(ProductLabel.spelling).where(
                    ProductLabel.kind == kind.value,
                    ProductLabel.key.in_(map(label_key, names)),
                )
            ).all()
            if not spellings:
                return None
            conditions.append(column.in_(spellings))
    if filters.hidden:
        conditions.append(Product.id.not_in(filters.hidden))
    return [*conditions, *_iter_variant_conditions(filters)]


def _iter_variant_conditions(
    filters: SearchFilters,
) -> Iterator[ColumnExpressionArgument[bool]]:
    of_product = Variant.product_id == Product.id
    bounds = []
    if filters.min_price is not None:
        bounds.append(Variant.price_minor >= filters.min_price)
    if filters.max_price is not None:
        bounds.append(Variant.price_minor <= filters.max_price)
    if bounds:
        # Some variant is within the bounds, and none is cheaper: the cheapest is the price.
        yield exists().where(of_product, *bounds)
    if filters.min_price is not None:
        yield ~exists().where(of_product, Variant.price_minor < filters.min_price)
    if filters.in_stock is not None:
        in_stock = exists().where(of_product, Variant.on_hand > Variant.held)
        yield in_stock if filters.in_stock else ~in_stock
