"""Loads the products of search hits, and builds the documents to index."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.search.port import Hit, ProductDocument, SearchResults
from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow
from webapp.search import repository
from webapp.search.document import build_document


@dataclass(frozen=True)
class ProductHit:
    product: ProductRow
    hit: Hit


def load_product_hits(
    session: Session, *, result: SearchResults
) -> Sequence[ProductHit]:
    """Load the products of the hits in the engine's order, with current price and stock.

    Products withdrawn since they were indexed are left out. Two statements.
    """
    ids = [hit.product_id for hit in result.hits]
    products = catalog.find_products_by_id(session, ids=ids)
    return [
        ProductHit(product, hit)
        for hit in result.hits
        if (product := products.get(hit.product_id)) and product.is_active
    ]


def build_documents(
    session: Session, *, ids: Sequence[UUID]
) -> Sequence[ProductDocument]:
    """Build search documents for those of the products that are on sale."""
    units_sold = repository.count_units_sold(session, ids)
    return [
        build_document(product, units_sold=units_sold.get(product.id, 0))
        for product in repository.list_active_products(session, ids)
    ]
