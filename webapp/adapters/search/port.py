"""What the shop asks of a search engine, and in which words.

An engine is told of products (`put`, `remove`), finds them, and says which version of
each it holds, so that a drift check can compare it with the database. It never reads
the database itself: `webapp.search.indexing` tells it, and looks again afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from webapp.kit.errors import Unavailable

PRICE_BOUNDS = (0, 25_00, 50_00, 100_00, 200_00, 500_00, 1000_00)
"""Where the ranges of the price facet begin."""


class SearchNotReady(Unavailable):
    """The index is missing, damaged or from another version: a rebuild heals it."""

    code = "SEARCH_NOT_READY"

    def __init__(self, reason: str) -> None:
        super().__init__("Search is being prepared; try again shortly", reason=reason)


class Sort(StrEnum):
    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DESC = "-price"
    NEWEST = "newest"


@dataclass(frozen=True)
class ProductDocument:
    """What is indexed of a product. Money in minor units."""

    product_id: UUID
    version: int
    name: str
    brand: str | None
    description: str
    category: str
    tags: tuple[str, ...]
    attributes: str
    """The values of the attributes as one text."""
    codes: tuple[str, ...]
    """SKUs and whatever else is looked up as a whole, hyphens and case aside."""
    price_minor: int
    in_stock: bool
    created_at: datetime
    popularity: int = 0
    """Units sold; orders suggestions."""

    @property
    def document_version(self) -> "DocumentVersion":
        return DocumentVersion(self.version, self.in_stock)


@dataclass(frozen=True)
class DocumentVersion:
    """By what an index entry is compared with the database. Availability is part of it,
    as selling the last unit does not change a product's version."""

    version: int
    in_stock: bool


@dataclass(frozen=True)
class SearchFilters:
    """Every filter narrows; prices are minor units, both ends included; names of
    categories and brands are compared without regard to case."""

    category: str | None = None
    brand: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None

    def filters_per_facet(self) -> "dict[str, SearchFilters]":
        """For each facet, the filters without its own."""
        return {
            "category": replace(self, category=None),
            "brand": replace(self, brand=None),
            "price": replace(self, min_price=None, max_price=None),
            "in_stock": replace(self, in_stock=None),
        }


@dataclass(frozen=True)
class SearchRequest:
    """An empty text means every product that passes the filters."""

    text: str
    filters: SearchFilters = SearchFilters()
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    last_key: str | None = None

    @property
    def effective_sort(self) -> Sort:
        """Every product scores alike when no word was given: then the newest come first."""
        wordless = self.sort is Sort.RELEVANCE and not self.text.strip()
        return Sort.NEWEST if wordless else self.sort


@dataclass(frozen=True)
class Hit:
    product_id: UUID
    version: int
    """The one it was indexed at."""
    score: float
    """0 when the order is not by relevance."""
    highlight: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Field → passages of HTML: the text escaped, the words found in `<em>`."""


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True)
class PriceBucket:
    """Minor units, both ends included; the last range has no upper end."""

    low: int
    high: int | None
    count: int


@dataclass(frozen=True)
class Facets:
    """How many products each choice would leave; its own filter is left out of it."""

    category: tuple[FacetValue, ...] = ()
    brand: tuple[FacetValue, ...] = ()
    price: tuple[PriceBucket, ...] = ()
    in_stock: int = 0
    out_of_stock: int = 0


@dataclass(frozen=True)
class SearchResults:
    hits: tuple[Hit, ...]
    total: int
    facets: Facets
    took_ms: float
    corrected_query: str | None = None
    """What was searched instead, when a word was in no product."""
    last_key: str | None = None


class SuggestionType(StrEnum):
    CATEGORY = "category"
    BRAND = "brand"
    PRODUCT = "product"


@dataclass(frozen=True)
class Suggestion:
    text: str
    type: SuggestionType
    product_id: UUID | None = None


class SearchEngine(Protocol):
    """Every method but `rebuild` raises `SearchNotReady` when there is no usable index,
    and `Unavailable` when the engine is away."""

    def search(self, query: SearchRequest) -> SearchResults: ...

    def suggest(self, text: str, *, limit: int) -> Sequence[Suggestion]:
        """Completions of what was typed so far, the popular ones first."""
        ...

    def upsert(self, entries: Iterable[ProductDocument]) -> None:
        """Add or replace; found by every process within half a second."""
        ...

    def delete(self, product_ids: Iterable[UUID]) -> None: ...

    def list_versions(self) -> Mapping[UUID, DocumentVersion]:
        """Everything the index holds, for the drift check."""
        ...

    def rebuild(self, entries: Iterable[ProductDocument]) -> int:
        """A new index of nothing but these, put in place of the old one at the end; the
        old one answers meanwhile. Returns how many."""
        ...

    def check(self) -> None:
        """Raises what a search would raise now; for health checks."""
        ...
