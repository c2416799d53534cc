"""Searches products, and builds the documents to index."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.search.port import (
    Hit,
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
    SearchResults,
)
from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow
from webapp.search import repository
from webapp.search.document import build_document
from webapp.search.errors import BadPriceRange, SearchTextTooLong

MAX_TEXT_LENGTH = 200


@dataclass(frozen=True)
class ProductHit:
    product: ProductRow
    hit: Hit


@dataclass(frozen=True)
class FoundProducts:
    results: SearchResults
    """What the search engine answered: the hits, totals and facets of its index."""
    hits: Sequence[ProductHit]


def search_products(
    session: Session, *, engine: SearchEngine, request: SearchRequest
) -> FoundProducts:
    """Search, and load the products of the hits in the engine's order, with current price and
    stock; those withdrawn since they were indexed are left out.

    One statement. The engine is called before it, while no connection is taken.
    Raises `SearchTextTooLong` and `BadPriceRange`.
    """
    if len(request.text) > MAX_TEXT_LENGTH:
        raise SearchTextTooLong(limit=MAX_TEXT_LENGTH)
    check_price_range(request.filters)
    results = engine.search(request)
    ids = [hit.product_id for hit in results.hits]
    products = catalog.find_products_by_id(session, ids=ids)
    return FoundProducts(
        results,
        [
            ProductHit(product, hit)
            for hit in results.hits
            if (product := products.get(hit.product_id)) and product.is_active
        ],
    )


def check_price_range(filters: SearchFilters) -> None:
    """Raises `BadPriceRange` for bounds that exclude each other."""
    low, high = filters.min_price, filters.max_price
    if low is not None and high is not None and low > high:
        raise BadPriceRange


def build_documents(
    session: Session, *, ids: Sequence[UUID]
) -> Sequence[ProductDocument]:
    """Build search documents for those of the products that are on sale."""
    units_sold = repository.count_units_sold(session, ids)
    return [
        build_document(product, units_sold=units_sold.get(product.id, 0))
        for product in repository.list_active_products(session, ids)
    ]
