from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from webapp.adapters.search.port import (
    Facets,
    FacetValue,
    PriceBucket,
    SearchFilters,
    SearchRequest,
    SizeRange,
    Sort,
    Suggestion,
    SuggestionType,
)
from webapp.catalog.limits import Label
from webapp.catalog.views import ProductView
from webapp.http.schemas import ListQuery, ListView
from webapp.kit.json import Amount, AmountIn, OmittedIfNone, RequestBody, ResponseBody
from webapp.kit.money import to_major
from webapp.kit.quantities import SizeKind
from webapp.search.errors import BadPriceRange
from webapp.search.query_reading.reading import PartKind, QueryReading, ReadPart
from webapp.search.service import (
    MAX_TEXT_LENGTH,
    FoundProducts,
    MeaningUse,
    NearestProducts,
    ProductHit,
    check_price_range,
)

SearchText = Annotated[
    str, Field(max_length=MAX_TEXT_LENGTH, examples=["wireless headphones"])
]


SIZE_UNITS = {
    SizeKind.LENGTH: ("mm", 10),
    SizeKind.MASS: ("g", 10),
    SizeKind.VOLUME: ("ml", 10),
    SizeKind.STORAGE: ("MB", 1),
    SizeKind.POWER: ("W", 10),
    SizeKind.APPARENT_POWER: ("VA", 1),
    SizeKind.VOLTAGE: ("V", 10),
    SizeKind.FREQUENCY: ("kHz", 1),
    SizeKind.CHARGE: ("mAh", 1),
    SizeKind.RESOLUTION: ("kilopixels", 1),
}


MAX_FILTER_VALUES = 20


class SearchQuery(ListQuery):
    """Without `q`, every product is found that passes the filters. Products of any `category`, and
    of any `brand`, that is named."""

    q: SearchText = ""
    category: Annotated[list[Label], Field(max_length=MAX_FILTER_VALUES)] = []
    brand: Annotated[list[Label], Field(max_length=MAX_FILTER_VALUES)] = []
    min_price: AmountIn | None = None
    max_price: AmountIn | None = None
    in_stock: bool | None = None
    interpret: bool = True
    """Whether prices, sizes and exclusions in `q` become filters; `false` takes them as words."""
    sort: Sort = Sort.RELEVANCE

    @model_validator(mode="after")
    def _check_price_range(self) -> Self:
        try:
            check_price_range(self._filters())
        except BadPriceRange as error:
            msg = "minPrice must not be above maxPrice"
            raise ValueError(msg) from error
        return self

    def to_search_request(self) -> SearchRequest:
        return SearchRequest(
            text=self.q,
            filters=self._filters(),
            sort=self.sort,
            limit=self.limit,
            last_key=self.last_key,
        )

    def _filters(self) -> SearchFilters:
        return SearchFilters(
            categories=tuple(self.category),
            brands=tuple(self.brand),
            min_price=self.min_price,
            max_price=self.max_price,
            in_stock=self.in_stock,
        )


class ProductHitView(ProductView):
    example_values = {"score": 4.21, "highlight": {"name": ["<em>Linen</em> apron"]}}

    score: float
    """0 when the list is not sorted by relevance."""
    highlight: dict[str, list[str]]
    """Field → passages of HTML: escaped text, the matched words in `<em>`."""
    pinned: OmittedIfNone[bool] = None
    """Whether an admin has pinned it to this text."""

    @classmethod
    def from_product_hit(
        cls, product_hit: ProductHit, *, is_pinned: bool = False
    ) -> Self:
        hit = product_hit.hit
        return cls.from_product(
            product_hit.product,
            score=hit.score,
            highlight={
                field: list(passages) for field, passages in hit.highlight.items()
            },
            pinned=True if is_pinned else None,
        )


class FacetValueView(ResponseBody):
    value: str
    count: int
    min_price: OmittedIfNone[Amount] = None
    max_price: OmittedIfNone[Amount] = None

    @classmethod
    def from_facet_value(cls, facet_value: FacetValue) -> Self:
        return cls(value=facet_value.value, count=facet_value.count)

    @classmethod
    def from_price_bucket(cls, bucket: PriceBucket) -> Self:
        high = "" if bucket.high is None else to_major(bucket.high)
        return cls(
            value=f"{to_major(bucket.low)}-{high}",
            count=bucket.count,
            min_price=bucket.low,
            max_price=bucket.high,
        )


class FacetsView(ResponseBody):
    """Number of products for each value; a facet's own filter is not applied to it."""

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
    """Price ranges; `minPrice` and `maxPrice` of each are the filter to send."""
    availability: list[FacetValueView]
    """`inStock` and `outOfStock`."""

    @classmethod
    def from_facets(cls, facets: Facets) -> Self:
        available = {"inStock": facets.in_stock, "outOfStock": facets.out_of_stock}
        return cls(
            category=[
                FacetValueView.from_facet_value(each) for each in facets.category
            ],
            brand=[FacetValueView.from_facet_value(each) for each in facets.brand],
            price=[FacetValueView.from_price_bucket(each) for each in facets.price],
            availability=[
                FacetValueView(value=value, count=count)
                for value, count in available.items()
                if count
            ],
        )


class InterpretedPartView(ResponseBody):
    """A part of `q` that became a filter."""

    example_values = {
        "kind": PartKind.PRICE,
        "text": "under 50",
        "max_price": 50_00,
        "q_without": "linen apron",
    }

    kind: PartKind
    text: str
    """As it was typed."""
    q_without: str
    """`q` without this part: the search that removes the filter."""
    min_price: OmittedIfNone[Amount] = None
    max_price: OmittedIfNone[Amount] = None
    size: OmittedIfNone["SizeView"] = None
    without: OmittedIfNone[list[str]] = None
    """What no product is to have: a word, or several of which it must not have all."""

    @classmethod
    def from_part(cls, part: ReadPart, reading: QueryReading) -> Self:
        return cls(
            kind=part.kind,
            text=reading.quote_part(part),
            q_without=reading.cut_parts([part]),
            min_price=part.min_price,
            max_price=part.max_price,
            size=None if part.size is None else SizeView.from_range(part.size),
            without=list(part.without) or None,
        )


class SizeView(ResponseBody):
    """Within which a size that the product names has to be; `24 inch` finds 23.8 and 61 cm."""

    example_values = {"low": 597.4, "high": 621.8, "unit": "mm"}

    low: OmittedIfNone[float] = None
    high: OmittedIfNone[float] = None
    unit: str

    @classmethod
    def from_range(cls, size: SizeRange) -> Self:
        unit, factor = SIZE_UNITS[size.kind]
        return cls(
            low=None if size.low is None else size.low / factor,
            high=None if size.high is None else size.high / factor,
            unit=unit,
        )


class NearestView(ResponseBody):
    """What fits without one part of `q`, where nothing fits all of it."""

    example_values = {"without": "under 50", "q": "linen apron", "total": 1}

    without: str
    """The part, as it was typed: without it the most products fit."""
    q: str
    """The search of these."""
    total: int
    items: list[ProductHitView]

    @classmethod
    def from_nearest(cls, nearest: NearestProducts, reading: QueryReading) -> Self:
        return cls(
            without=reading.quote_part(nearest.without),
            q=reading.cut_parts([nearest.without]),
            total=nearest.total,
            items=[ProductHitView.from_product_hit(each) for each in nearest.hits],
        )


class SearchView(ListView[ProductHitView]):
    example_values = {
        "search_id": "019d01c56e5d7c3a8f4b6a5c4d3e2f1089aa6e3f2b1c0d4e",
        "total": 1,
        "exact_total": 1,
        "meaning": MeaningUse.ALONGSIDE,
        "corrected_query": "linen",
        "took": 3.4,
    }

    search_id: str
    """With which to report, for a day, what followed: `POST /search/events`."""

    total: int
    exact_total: int
    """How many of them have every word of the query; the others, which follow, lack some."""
    facets: FacetsView
    meaning: MeaningUse
    """`alongside` the words; `first`, as no product has every word; `missed`, as there was no
    vector of the text in time, so that words answered alone; `none` where it is not asked."""
    interpretation: list[InterpretedPartView]
    nearest: OmittedIfNone[NearestView] = None
    corrected_query: OmittedIfNone[str] = None
    """The query searched instead, when a typed word is in no product."""
    redirect: OmittedIfNone[str] = None
    """A page that admins lead to from this text."""
    took: float
    """Milliseconds in the search engine."""

    @classmethod
    def from_results(cls, found: FoundProducts, *, search_id: str) -> Self:
        result = found.results
        return cls(
            search_id=search_id,
            items=[
                ProductHitView.from_product_hit(
                    each, is_pinned=each.product.id in found.pinned
                )
                for each in found.hits
            ],
            last_key=result.last_key,
            total=result.total,
            exact_total=result.exact_total,
            meaning=found.meaning_use,
            facets=FacetsView.from_facets(result.facets),
            interpretation=[
                InterpretedPartView.from_part(each, found.reading)
                for each in found.reading.parts
            ],
            nearest=None
            if found.nearest is None
            else NearestView.from_nearest(found.nearest, found.reading),
            corrected_query=result.corrected_query,
            redirect=found.redirect,
            took=round(result.took_ms, 1),
        )


class SuggestQuery(RequestBody):
    q: SearchText
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class SuggestionView(ResponseBody):
    example_values = {
        "text": ProductView.example_values["name"],
        "type": SuggestionType.PRODUCT,
        "product_id": ProductView.example_values["product_id"],
    }

    text: str
    type: SuggestionType
    product_id: OmittedIfNone[UUID] = None

    @classmethod
    def from_suggestion(cls, suggestion: Suggestion) -> Self:
        return cls(
            text=suggestion.text,
            type=suggestion.type,
            product_id=suggestion.product_id,
        )


class SuggestionsView(ResponseBody):
    suggestions: list[SuggestionView]
