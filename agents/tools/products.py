"""Product tools: search and details. They return only what is public."""

from functools import partial
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from agents.tools.tool import Tool, ToolParams, ToolServices, build_tool
from webapp.adapters.agents.port import Principal
from webapp.adapters.search.port import SearchFilters, SearchRequest, Sort
from webapp.catalog import service as catalog
from webapp.catalog.views import ProductDetailView, ProductSummaryView
from webapp.kit.json import ResponseBody
from webapp.kit.money import to_minor
from webapp.search.rules.service import load_live_rules
from webapp.search.service import search_products

MAX_PRODUCTS = 10
MAX_DESCRIPTION = 600
"""Characters of a description that the model is shown."""
SORTS = {
    "relevance": Sort.RELEVANCE,
    "price_low_first": Sort.PRICE,
    "price_high_first": Sort.PRICE_DESC,
}
SortOrder = Literal["relevance", "price_low_first", "price_high_first"]


class ProductSearchParams(ToolParams):
    query: str
    """What the customer looks for, without prices. Empty: everything."""
    category: str | None = None
    """Only this category."""
    min_price: float | None = None
    """Lowest price, in major units (49.90)."""
    max_price: float | None = None
    """Highest price, in major units."""
    in_stock: bool | None = None
    """True: only what can be bought now."""
    sort: SortOrder = "relevance"
    """What comes first."""
    limit: int = 5
    """How many, 10 at most."""

    def to_search_request(self) -> SearchRequest:
        filters = SearchFilters(
            categories=(self.category,) if self.category is not None else (),
            min_price=to_cents(self.min_price),
            max_price=to_cents(self.max_price),
            in_stock=self.in_stock,
        )
        limit = max(1, min(self.limit, MAX_PRODUCTS))
        return SearchRequest(self.query, filters, SORTS[self.sort], limit)


class ProductDetailsParams(ToolParams):
    product_id: UUID
    """Identifier from a product search result."""


class ProductSearchResult(ResponseBody):
    products: list[ProductSummaryView]
    total: int
    query: str
    corrected_query: str | None
    """The query searched instead, when a word of it is in no product."""


class ProductResult(ResponseBody):
    product: ProductDetailView


def product_search(
    session: Session,
    _: Principal,
    params: ProductSearchParams,
    *,
    services: ToolServices,
) -> ProductSearchResult:
    """Find products by words and meaning."""
    found = search_products(
        session,
        engine=services.search,
        request=params.to_search_request(),
        meaning=services.meaning,
        rules=load_live_rules(session, services.search_rules),
    )
    return ProductSearchResult(
        products=[ProductSummaryView.from_product(hit.product) for hit in found.hits],
        total=found.results.total,
        query=params.query,
        corrected_query=found.results.corrected_query,
    )


def product_details(
    session: Session, _: Principal, params: ProductDetailsParams
) -> ProductResult:
    """Everything about one product: description, attributes, variants, stock."""
    product = catalog.require_product(session, product_id=params.product_id)
    view = ProductDetailView.from_product(product, max_description=MAX_DESCRIPTION)
    return ProductResult(product=view)


def to_cents(amount: float | None) -> int | None:
    """Major to minor units, rounded to the nearest cent. Raises `NotAnAmount`.

    Not `AmountIn`, which refuses fractions of a cent, as floats that a model computed have, and
    would add its limits to the schema, where "a number" is all that a model needs.
    """
    return None if amount is None else to_minor(f"{amount:.2f}")


def build_tools(services: ToolServices) -> list[Tool]:
    return [
        build_tool(partial(product_search, services=services), ProductSearchParams),
        build_tool(product_details, ProductDetailsParams),
    ]
