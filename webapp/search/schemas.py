from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from webapp.adapters.search.port import (
    Facets,
    FacetValue,
    PriceBucket,
    SearchFilters,
    SearchRequest,
    SearchResults,
    Sort,
    Suggestion,
    SuggestionType,
)
from webapp.catalog.schemas import ProductView
from webapp.http.schemas import (
    Absent,
    Amount,
    AmountIn,
    ListQuery,
    ListView,
    RequestBody,
    ResponseBody,
)
from webapp.kit.money import to_major
from webapp.search.service import ProductHit

Typed = Annotated[str, Field(max_length=200, examples=["wireless headphones"])]
Label = Annotated[str, Field(max_length=200)]


class SearchQuery(ListQuery):
    """An empty `q` finds every product that passes the filters."""

    q: Typed
    category: Label | None = None
    brand: Label | None = None
    min_price: AmountIn | None = None
    max_price: AmountIn | None = None
    in_stock: bool | None = None
    sort: Sort = Sort.RELEVANCE

    @model_validator(mode="after")
    def _prices_are_a_range(self) -> Self:
        low, high = self.min_price, self.max_price
        if low is not None and high is not None and low > high:
            msg = "minPrice must not be above maxPrice"
            raise ValueError(msg)
        return self

    def to_search_request(self) -> SearchRequest:
        return SearchRequest(
            text=self.q,
            filters=SearchFilters(
                category=self.category,
                brand=self.brand,
                min_price=self.min_price,
                max_price=self.max_price,
                in_stock=self.in_stock,
            ),
            sort=self.sort,
            limit=self.limit,
            last_key=self.last_key,
        )


class FoundView(ProductView):
    example_values = {"score": 4.21, "highlight": {"name": ["<em>Linen</em> apron"]}}

    score: float
    """0 when the list is not sorted by relevance."""
    highlight: dict[str, list[str]]
    """Field → passages of HTML: escaped text, the words found in `<em>`."""

    @classmethod
    def of_found(cls, found: ProductHit) -> Self:
        marked = found.hit.highlight.items()
        return cls.from_product(
            found.product,
            score=found.hit.score,
            highlight={name: list(passages) for name, passages in marked},
        )


class FacetValueView(ResponseBody):
    value: str
    count: int
    min_price: Absent[Amount] = None
    max_price: Absent[Amount] = None

    @classmethod
    def of_label(cls, label: FacetValue) -> Self:
        return cls(value=label.value, count=label.count)

    @classmethod
    def of_range(cls, prices: PriceBucket) -> Self:
        high = "" if prices.high is None else to_major(prices.high)
        return cls(
            value=f"{to_major(prices.low)}-{high}",
            count=prices.count,
            min_price=prices.low,
            max_price=prices.high,
        )


class FacetsView(ResponseBody):
    """What each further choice would leave; a facet's own filter is not counted in it."""

    example_values = {
        "category": [{"value": "Kitchen", "count": 1}],
        "brand": [{"value": "Nordlys", "count": 1}],
        "price": [
            {
                "value": "25.00-49.99",
                "count": 1,
                "min_price": 25_00,
                "max_price": 49_99,
            }
        ],
        "availability": [{"value": "inStock", "count": 1}],
    }

    category: list[FacetValueView]
    brand: list[FacetValueView]
    price: list[FacetValueView]
    """Each is a range: its `minPrice` and `maxPrice` are the filter to send."""
    availability: list[FacetValueView]
    """`inStock` and `outOfStock`."""

    @classmethod
    def of(cls, facets: Facets) -> Self:
        available = {"inStock": facets.in_stock, "outOfStock": facets.out_of_stock}
        return cls(
            category=[FacetValueView.of_label(label) for label in facets.category],
            brand=[FacetValueView.of_label(label) for label in facets.brand],
            price=[FacetValueView.of_range(prices) for prices in facets.price],
            availability=[
                FacetValueView(value=value, count=count)
                for value, count in available.items()
                if count
            ],
        )


class SearchView(ListView[FoundView]):
    example_values = {"total": 1, "corrected_query": "linen", "took": 3.4}

    total: int
    facets: FacetsView
    corrected_query: Absent[str] = None
    """What was searched instead, when a word typed is in no product."""
    took: float
    """Milliseconds in the search engine."""

    @classmethod
    def from_results(cls, result: SearchResults, found: Sequence[ProductHit]) -> Self:
        return cls(
            items=[FoundView.of_found(each) for each in found],
            last_key=result.last_key,
            total=result.total,
            facets=FacetsView.of(result.facets),
            corrected_query=result.corrected_query,
            took=round(result.took_ms, 1),
        )


class SuggestQuery(RequestBody):
    q: Typed
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class SuggestionView(ResponseBody):
    example_values = {
        "text": ProductView.example_values["name"],
        "type": SuggestionType.PRODUCT,
        "product_id": ProductView.example_values["product_id"],
    }

    text: str
    type: SuggestionType
    product_id: Absent[UUID] = None

    @classmethod
    def from_suggestion(cls, suggestion: Suggestion) -> Self:
        return cls(
            text=suggestion.text,
            type=suggestion.type,
            product_id=suggestion.product_id,
        )


class SuggestionsView(ResponseBody):
    suggestions: list[SuggestionView]
