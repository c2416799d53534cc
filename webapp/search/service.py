"""From what the engine found to products as they are now, and from products to entries."""

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
    """In the engine's order, with the price and stock of this moment; what was withdrawn
    since it was indexed is left out. Two statements."""
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
    """Of those products that are on sale."""
    sold = repository.count_units_sold(session, ids)
    return [
        build_document(product, units_sold=sold.get(product.id, 0))
        for product in repository.list_active_products(session, ids)
    ]
