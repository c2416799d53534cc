"""Product tools: search and details. They return only what is public."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session
from strands import tool
from strands.types.tools import AgentTool, ToolResult

from agents.tools.context import Json, ToolContext
from agents.tools.views import product_detail_view, product_summary_view
from webapp.adapters.search.port import SearchFilters, SearchRequest, Sort
from webapp.catalog import service as catalog
from webapp.kit.money import to_minor
from webapp.search.service import search_products

MAX_PRODUCTS = 10
SORTS = {
    "relevance": Sort.RELEVANCE,
    "price_low_first": Sort.PRICE,
    "price_high_first": Sort.PRICE_DESC,
}
SortOrder = Literal["relevance", "price_low_first", "price_high_first"]


class ProductTools:
    def __init__(self, context: ToolContext) -> None:
        self._context = context

    def list_tools(self) -> list[AgentTool]:
        return [self.product_search, self.product_details]

    @tool
    async def product_search(
        self,
        query: str,
        category: str | None = None,
        min_price: float | None = None,
        max_price: float | None = None,
        in_stock: bool | None = None,
        sort: SortOrder = "relevance",
        limit: int = 5,
    ) -> ToolResult:
        """Find products by words and meaning.

        Args:
            query: What the customer looks for, without prices. Empty: everything.
            category: Only this category.
            min_price: Lowest price, in major units (49.90).
            max_price: Highest price, in major units.
            in_stock: True: only what can be bought now.
            sort: What comes first.
            limit: How many, 10 at most.
        """

        def find() -> Json:
            filters = SearchFilters(
                category=category,
                min_price=to_cents(min_price),
                max_price=to_cents(max_price),
                in_stock=in_stock,
            )
            return self._search(
                SearchRequest(
                    query, filters, SORTS[sort], max(1, min(limit, MAX_PRODUCTS))
                )
            )

        return await self._context.run(find)

    @tool
    async def product_details(self, product_id: UUID) -> ToolResult:
        """Everything about one product: description, attributes, variants, stock.

        Args:
            product_id: Identifier from a product search result.
        """

        def load_product(session: Session) -> Json:
            product = catalog.require_product(session, product_id=product_id)
            return {"product": product_detail_view(product)}

        return await self._context.run_in_unit_of_work(load_product)

    def _search(self, request: SearchRequest) -> Json:
        """The index finds and ranks them; their data is read from the database."""
        runtime = self._context.runtime
        with runtime.db.unit_of_work() as session:
            found = search_products(session, engine=runtime.search, request=request)
        return {
            "products": [product_summary_view(hit.product) for hit in found.hits],
            "total": found.results.total,
            "query": request.text,
            "correctedQuery": found.results.corrected_query,
        }


def to_cents(amount: float | None) -> int | None:
    """Major to minor units, rounded to the nearest cent, as models write amounts as floats."""
    return None if amount is None else to_minor(round(Decimal(str(amount)), 2))
