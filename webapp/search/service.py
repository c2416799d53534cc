"""Searches products, and builds the documents to index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.search.port import (
    Hit,
    NearProducts,
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
    SearchResults,
    Sort,
)
from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow
from webapp.search import repository
from webapp.search.document import build_document
from webapp.search.errors import BadPriceRange, SearchTextTooLong
from webapp.search.meaning import MeaningSearch
from webapp.search.query_reading.reader import read_query
from webapp.search.query_reading.reading import QueryReading, ReadPart

MAX_TEXT_LENGTH = 200


@dataclass(frozen=True)
class ProductHit:
    product: ProductRow
    hit: Hit


@dataclass(frozen=True)
class FoundProducts:
    results: SearchResults
    """What the search engine answered: the hits, totals and facets of its index."""
    hits: Sequence[ProductHit]
    reading: QueryReading
    """Which parts of the text became filters."""
    is_by_meaning: bool
    """Whether what is near in meaning is among them, as no product has every word."""
    nearest: "NearestProducts | None" = None
    """Where nothing fits."""


@dataclass(frozen=True)
class NearestProducts:
    """What fits without the one part of the text that excludes most."""

    without: ReadPart
    total: int
    hits: Sequence[ProductHit]


def search_products(
    session: Session,
    *,
    engine: SearchEngine,
    request: SearchRequest,
    meaning: MeaningSearch | None = None,
    interpret: bool = True,
) -> FoundProducts:
    """Search, and load the products of the hits in the engine's order, with current price and
    stock; those withdrawn since they were indexed are left out. With `interpret`, prices, sizes
    and exclusions in the text become filters; sizes that no product names stay words. With
    `meaning`, products near in meaning come first where none has every word; where the list is not
    sorted by relevance only if none has any.

    One statement, or two where nothing fits. The engine is called before them, while no connection
    is taken. Raises `SearchTextTooLong` and `BadPriceRange`.
    """
    if len(request.text) > MAX_TEXT_LENGTH:
        raise SearchTextTooLong(limit=MAX_TEXT_LENGTH)
    check_price_range(request.filters)
    reading = read_query(request.text) if interpret else QueryReading(request.text)
    results = engine.search(_apply_reading(request, reading))
    near: NearProducts | None = None
    if not (
        results.total if request.sort is not Sort.RELEVANCE else results.exact_total
    ):
        near = _find_near(meaning, request, reading)
    if near:
        results = engine.search(_apply_reading(request, reading, near))
    if not results.total and any(part.size for part in reading.parts):
        as_words = reading.take_sizes_as_words()
        found = engine.search(_apply_reading(request, as_words))
        if found.total:
            reading, results = as_words, found
    nearest = None if results.total else _find_nearest(engine, request, reading)
    return FoundProducts(
        results,
        _load_products(session, results),
        reading,
        bool(near),
        nearest
        and NearestProducts(
            nearest[0], nearest[1].total, _load_products(session, nearest[1])
        ),
    )


def _find_near(
    meaning: MeaningSearch | None, request: SearchRequest, reading: QueryReading
) -> NearProducts | None:
    if meaning is None:
        return None
    filters = reading.narrow_filters(request.filters)
    return meaning.find_near(reading.remaining_text, filters)


def _apply_reading(
    request: SearchRequest, reading: QueryReading, near: NearProducts | None = None
) -> SearchRequest:
    filters = reading.narrow_filters(request.filters)
    return replace(
        request, text=reading.remaining_text, filters=filters, near=near or ()
    )


def _find_nearest(
    engine: SearchEngine, request: SearchRequest, reading: QueryReading
) -> tuple[ReadPart, SearchResults] | None:
    """The part without which the most products fit, and these; none if that helps nowhere."""
    words = replace(request, text=reading.remaining_text, last_key=None)
    found = [
        (part, engine.search(replace(words, filters=filters)))
        for part in reading.parts
        for others in [[each for each in reading.parts if each is not part]]
        for filters in [replace(reading, parts=others).narrow_filters(request.filters)]
    ]
    best = max(found, key=lambda each: each[1].total, default=None)
    return best if best is not None and best[1].total else None


def _load_products(session: Session, results: SearchResults) -> Sequence[ProductHit]:
    ids = [hit.product_id for hit in results.hits]
    products = catalog.find_products_by_id(session, ids=ids)
    return [
        ProductHit(product, hit)
        for hit in results.hits
        if (product := products.get(hit.product_id)) and product.is_active
    ]


def check_price_range(filters: SearchFilters) -> None:
    """Raises `BadPriceRange` for bounds that exclude each other."""
    low, high = filters.min_price, filters.max_price
    if low is not None and high is not None and low > high:
        raise BadPriceRange


def build_documents(
    session: Session, *, ids: Sequence[UUID]
) -> Sequence[ProductDocument]:
    """Build search documents for those of the products that are on sale."""
    units_sold = repository.count_units_sold(session, ids)
    return [
        build_document(product, units_sold=units_sold.get(product.id, 0))
        for product in repository.list_active_products(session, ids)
    ]
