"""The port of a search engine: its protocol and the types that cross it.

An engine indexes products (`upsert`, `delete`), searches them, and lists the version of
each that it holds, so that a drift check can compare it with the database. It never reads
the database itself: `webapp.search.indexing` writes to it and verifies afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from webapp.adapters.search.same_words import Synonyms
from webapp.kit.caches import LockedCache
from webapp.kit.errors import Unavailable
from webapp.kit.quantities import Quantity, SizeKind

PRICE_BOUNDS = (0, 25_00, 50_00, 100_00, 200_00, 500_00, 1000_00)
"""Lower bounds of the price facet's ranges, in minor units."""


class SearchNotReady(Unavailable):
    """The index is missing, damaged or of another version: a rebuild repairs it."""

    code = "SEARCH_NOT_READY"

    def __init__(self, reason: str) -> None:
        super().__init__("Search is being prepared; try again shortly", reason=reason)


class Sort(StrEnum):
    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DESC = "-price"
    NEWEST = "newest"
    POPULAR = "popular"
    """By units sold."""


@dataclass(frozen=True)
class ProductDocument:
    """The search document of a product. Money in minor units."""

    product_id: UUID
    version: int
    name: str
    brand: str | None
    description: str
    category: str
    tags: tuple[str, ...]
    attributes: str
    """All attribute values as one text."""
    codes: tuple[str, ...]
    """SKUs and other codes, matched as a whole without regard to hyphens and case."""
    price_minor: int
    in_stock: bool
    created_at: datetime
    popularity: int = 0
    """Units sold; ranks suggestions, and hits that are nearly equal."""
    qualities: tuple[str, ...] = ()
    """Attribute values and options of one word, such as a color: they name no thing."""
    sizes: tuple[Quantity, ...] = ()
    """Those that its texts name."""

    @property
    def document_version(self) -> "DocumentVersion":
        return DocumentVersion(self.version, self.in_stock)


@dataclass(frozen=True)
class DocumentVersion:
    """The state by which an indexed document is compared with the database.

    Includes availability, as selling the last unit does not change a product's version.
    """

    version: int
    in_stock: bool


@dataclass(frozen=True)
class SizeRange:
    """Of the sizes that a product names, one must be within; both bounds inclusive, in the units of
    `Quantity`."""

    kind: SizeKind
    low: int | None
    high: int | None


@dataclass(frozen=True)
class SearchFilters:
    """All filters must match. Prices are in minor units, both bounds inclusive; names of
    categories and brands are compared without regard to case."""

    categories: tuple[str, ...] = ()
    """Any of them, as of brands; none that is named for all."""
    brands: tuple[str, ...] = ()
    min_price: int | None = None
    max_price: int | None = None
    in_stock: bool | None = None
    sizes: tuple[SizeRange, ...] = ()
    without: tuple[str, ...] = ()
    """Each a text, of whose words no product is to say that it has all."""
    hidden: tuple[UUID, ...] = ()
    """Products that are not to be found."""

    def filters_per_facet(self) -> "dict[str, SearchFilters]":
        """By facet name, all filters but the facet's own."""
        return {
            "category": replace(self, categories=()),
            "brand": replace(self, brands=()),
            "price": replace(self, min_price=None, max_price=None),
            "in_stock": replace(self, in_stock=None),
        }


NearProducts = tuple[tuple[UUID, float], ...]
"""Products near in meaning to a text, with how near they are, from 0 to 1."""


NearCache = LockedCache[tuple[str, SearchFilters], NearProducts]
"""By text and filters."""


@dataclass(frozen=True)
class SearchRules:
    """What admins have decided about searches, by the text's `plain_key`."""

    synonyms: Synonyms | None = None
    pins: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)
    hides: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)
    redirects: Mapping[str, str] = field(default_factory=dict)


NO_RULES = SearchRules()
RuleCache = LockedCache[str, SearchRules]
"""Those that hold, under one key."""


PopularQueryCache = LockedCache[str, tuple[str, ...]]
"""What people search and find, the most frequent first, under one key."""


@dataclass(frozen=True)
class SearchRequest:
    """An empty text matches every product that passes the filters."""

    text: str
    filters: SearchFilters = SearchFilters()
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    last_key: str | None = None
    near: NearProducts = ()
    """Rank, too, and match without the words where they are near enough; not where an exclusive
    code is typed."""
    correct_spelling: bool = True
    synonyms: Synonyms | None = None
    """By words, what else finds them, with less weight; none: those of the language."""
    pinned: tuple[UUID, ...] = ()
    """Come first, in this order, where they pass the filters, whatever words they have; in lists
    that are sorted by relevance."""

    @property
    def effective_sort(self) -> Sort:
        """Newest first instead of relevance for an empty text, as all scores are equal."""
        is_empty = self.sort is Sort.RELEVANCE and not self.text.strip()
        return Sort.NEWEST if is_empty else self.sort


@dataclass(frozen=True)
class Hit:
    product_id: UUID
    version: int
    """The product version that was indexed."""
    score: float
    """0 when hits are not sorted by relevance."""
    highlight: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Field → passages of HTML: escaped text, the matched words in `<em>`."""


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True)
class PriceBucket:
    """Minor units, both bounds inclusive; the last bucket has no upper bound."""

    low: int
    high: int | None
    count: int


@dataclass(frozen=True)
class Facets:
    """Number of products for each value; a facet's own filter is not applied to it."""

    category: tuple[FacetValue, ...] = ()
    brand: tuple[FacetValue, ...] = ()
    price: tuple[PriceBucket, ...] = ()
    in_stock: int = 0
    out_of_stock: int = 0


@dataclass(frozen=True)
class SearchResults:
    hits: tuple[Hit, ...]
    total: int
    exact_total: int
    """How many have every word, or a code that was typed; the others, which lack a word, follow."""
    facets: Facets
    took_ms: float
    corrected_query: str | None = None
    """The query searched instead, when a typed word is in no product."""
    last_key: str | None = None


@dataclass(frozen=True)
class ScorePart:
    """One of the reasons for which a hit stands where it does."""

    reason: str
    score: float


@dataclass(frozen=True)
class Explanation:
    """How an engine understood a text, and what the score of each hit is the sum of."""

    words: Sequence[str]
    """Those searched, with their other forms and what means the same."""
    kind: str | None
    """The word that says what thing is asked for."""
    corrected_query: str | None
    parts: Mapping[UUID, Sequence[ScorePart]]
    """By product, the largest first."""


class SuggestionType(StrEnum):
    CATEGORY = "category"
    BRAND = "brand"
    PRODUCT = "product"
    QUERY = "query"
    """What others have searched, and found."""


@dataclass(frozen=True)
class Suggestion:
    text: str
    type: SuggestionType
    product_id: UUID | None = None


class SearchEngine(Protocol):
    """Every method but `rebuild` raises `SearchNotReady` when there is no usable index, and
    all raise `Unavailable` when the engine does not respond."""

    def search(self, request: SearchRequest) -> SearchResults: ...

    def explain(self, request: SearchRequest) -> Explanation:
        """Explain the hits of a page that is sorted by relevance. Slow: for people to read."""
        ...

    def suggest(self, text: str, *, limit: int) -> Sequence[Suggestion]:
        """Complete a partly typed query, the most popular suggestions first."""
        ...

    def upsert(self, documents: Iterable[ProductDocument]) -> None:
        """Insert or replace; visible to every process within half a second."""
        ...

    def delete(self, product_ids: Iterable[UUID]) -> None: ...

    def list_versions(self) -> Mapping[UUID, DocumentVersion]:
        """The version of every indexed product, for the drift check."""
        ...

    def rebuild(self, documents: Iterable[ProductDocument]) -> int:
        """Replace the index by a new one with only these documents; return their number.

        The old index answers until the new one is complete.
        """
        ...

    def check(self) -> None:
        """Raise what a search would raise now; for health checks."""
        ...
