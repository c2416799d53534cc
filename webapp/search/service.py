"""From what the engine found to products as they are now, and from products to entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.search.port import Hit, ProductEntry, Result
from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow
from webapp.search import repository
from webapp.search.entry import entry_of


@dataclass(frozen=True)
class FoundProduct:
    product: ProductRow
    hit: Hit


def products_found(session: Session, *, result: Result) -> Sequence[FoundProduct]:
    """In the engine's order, with the price and stock of this moment; what was withdrawn
    since it was indexed is left out. Two statements."""
    ids = [hit.product_id for hit in result.hits]
    products = catalog.products_by_id(session, ids=ids)
    return [
        FoundProduct(product, hit)
        for hit in result.hits
        if (product := products.get(hit.product_id)) and product.is_active
    ]


def entries(session: Session, *, ids: Sequence[UUID]) -> Sequence[ProductEntry]:
    """Of those products that are on sale."""
    sold = repository.units_sold(session, ids)
    return [
        entry_of(product, units_sold=sold.get(product.id, 0))
        for product in repository.products_on_sale(session, ids)
    ]
