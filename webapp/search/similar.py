"""Products that are like one, by the meaning of their texts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.search.port import SearchFilters
from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow
from webapp.search.vectors import repository

MIN_SIMILARITY = 0.4
"""Cosine: what is less like it is none of its kind."""


def list_similar(
    session: Session, *, product_id: UUID, limit: int
) -> Sequence[ProductRow]:
    """Those that can be bought, the most similar first; none where the product was changed seconds
    ago and is not embedded yet. Within a transaction. Raises `ProductNotFound`."""
    catalog.require_product(session, product_id=product_id)
    vector = repository.find_vector(session, product_id)
    if vector is None:
        return []
    near = repository.find_nearest(
        session,
        vector,
        SearchFilters(in_stock=True),
        limit=limit + 1,
        min_similarity=MIN_SIMILARITY,
    )
    ids = [each.product_id for each in near if each.product_id != product_id][:limit]
    products = catalog.find_products_by_id(session, ids=ids)
    return [products[each] for each in ids if each in products]
