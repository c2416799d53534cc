"""Product tools: search and details. They show what anybody may see."""

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
from webapp.search.service import load_product_hits

MAX_PRODUCTS = 10
SORTS = {
    "relevance": Sort.RELEVANCE,
    "price_low_first": Sort.PRICE,
    "price_high_first": Sort.PRICE_DESC,
}
SortOrder = Literal["relevance", "price_low_first", "price_high_first"]


class ProductTools:
    def __init__(self, desk: ToolContext) -> None:
        self._desk = desk

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

        def work() -> Json:
            filters = SearchFilters(
                category=category,
                min_price=cents(min_price),
                max_price=cents(max_price),
                in_stock=in_stock,
            )
            return self._found(
                SearchRequest(
                    query, filters, SORTS[sort], max(1, min(limit, MAX_PRODUCTS))
                )
            )

        return await self._desk.run(work)

    @tool
    async def product_details(self, product_id: UUID) -> ToolResult:
        """Everything about one product: description, attributes, variants, stock.

        Args:
            product_id: Identifier from a product search result.
        """

        def work(session: Session) -> Json:
            product = catalog.require_product(session, product_id=product_id)
            return {"product": product_detail_view(product)}

        return await self._desk.run_in_unit_of_work(work)

    def _found(self, query: SearchRequest) -> Json:
        """The index says which; what is told of them is read from the database."""
        runtime = self._desk.runtime
        result = runtime.search.search(query)
        with runtime.db.unit_of_work() as session:
            found = load_product_hits(session, result=result)
        return {
            "products": [product_summary_view(each.product) for each in found],
            "total": result.total,
            "query": query.text,
            "correctedQuery": result.corrected_query,
        }


def cents(amount: float | None) -> int | None:
    """Models write amounts as floats; to the nearest cent is what they mean."""
    return None if amount is None else to_minor(round(Decimal(str(amount)), 2))
