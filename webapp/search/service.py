"""Searches products, and builds the documents to index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from webapp.adapters.search.port import (
    NO_RULES,
    Explanation,
    Hit,
    ProductDocument,
    SearchEngine,
    SearchFilters,
    SearchRequest,
    SearchResults,
    SearchRules,
    Sort,
)
from webapp.catalog import service as catalog
from webapp.catalog.read_models import ProductRow
from webapp.kit.text import plain_key
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
    meaning_use: "MeaningUse"
    pinned: frozenset[UUID]
    redirect: str | None
    """Where admins lead those who search for this."""
    nearest: "NearestProducts | None" = None
    """Where nothing fits."""


@dataclass(frozen=True)
class ExplainedSearch:
    found: "FoundProducts"
    explanation: Explanation


class MeaningUse(StrEnum):
    """What meaning did for an answer."""

    NONE = "none"
    """It was not asked: no text, a sort by price or age, or a shop without embeddings."""
    ALONGSIDE = "alongside"
    """It ranks what has every word, and adds what is as near."""
    FIRST = "first"
    """No product has every word: what is near in meaning comes first."""
    MISSED = "missed"
    """There was no vector of the text in time: words answered alone."""


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
    rules: SearchRules = NO_RULES,
) -> FoundProducts:
    """Search, and load the products of the hits in the engine's order, with current price and
    stock; those withdrawn since they were indexed are left out. With `interpret`, prices, sizes
    and exclusions in the text become filters; sizes that no product names stay words. With
    `meaning`, products near in meaning rank higher, and come first where none has every word; where
    the list is not sorted by relevance they are in it only if none has any. `rules` are what
    admins have decided for the text as it was typed.

    The engine is called before the statements, while no connection is taken. Raises
    `SearchTextTooLong` and `BadPriceRange`.
    """
    if len(request.text) > MAX_TEXT_LENGTH:
        raise SearchTextTooLong(limit=MAX_TEXT_LENGTH)
    check_price_range(request.filters)
    reading = read_query(request.text) if interpret else QueryReading(request.text)
    request = _apply_rules(request, rules, reading)
    found = _find_products(engine, meaning, request, reading)
    if not found.results.total and any(part.size for part in reading.parts):
        as_words = reading.take_sizes_as_words()
        otherwise = _find_products(engine, meaning, request, as_words)
        if otherwise.results.total:
            reading, found = as_words, otherwise
    results = found.results
    nearest = None if results.total else _find_nearest(engine, request, reading)
    return FoundProducts(
        results,
        _load_products(session, results),
        reading,
        found.meaning_use,
        frozenset(request.pinned),
        rules.redirects.get(plain_key(request.text)),
        nearest
        and NearestProducts(
            nearest[0], nearest[1].total, _load_products(session, nearest[1])
        ),
    )


@dataclass(frozen=True)
class _Answer:
    results: SearchResults
    meaning_use: MeaningUse


def _find_products(
    engine: SearchEngine,
    meaning: MeaningSearch | None,
    request: SearchRequest,
    reading: QueryReading,
) -> _Answer:
    """By words and meaning; by words alone what is sorted by price or age, unless nothing has any
    of the words."""
    words = _apply_reading(request, reading)
    if meaning is None or not words.text.strip():
        return _Answer(engine.search(words), MeaningUse.NONE)
    if request.sort is not Sort.RELEVANCE:
        results = engine.search(words)
        if results.total:
            return _Answer(results, MeaningUse.NONE)
    near = meaning.find_near(words.text, words.filters)
    if near is None:
        return _Answer(engine.search(words), MeaningUse.MISSED)
    both = replace(words, near=near)
    results = engine.search(both)
    if near and results.corrected_query is not None and not results.exact_total:
        # Another word of the catalog, and no mistake: "lawn" is no "lan".
        results = engine.search(replace(both, correct_spelling=False))
    by_meaning = bool(near) and not results.exact_total
    return _Answer(results, MeaningUse.FIRST if by_meaning else MeaningUse.ALONGSIDE)


def _apply_rules(
    request: SearchRequest, rules: SearchRules, reading: QueryReading
) -> SearchRequest:
    """Pins and hides of the whole text, or else of what is left of it besides filters."""
    keys = plain_key(request.text), plain_key(reading.remaining_text)
    hidden = next((rules.hides[key] for key in keys if key in rules.hides), ())
    pinned = next((rules.pins[key] for key in keys if key in rules.pins), ())
    return replace(
        request,
        filters=replace(request.filters, hidden=hidden),
        synonyms=rules.synonyms,
        pinned=pinned if request.sort is Sort.RELEVANCE else (),
    )


def _apply_reading(request: SearchRequest, reading: QueryReading) -> SearchRequest:
    filters = reading.narrow_filters(request.filters)
    return replace(request, text=reading.remaining_text, filters=filters)


def explain_search(
    session: Session,
    *,
    engine: SearchEngine,
    request: SearchRequest,
    meaning: MeaningSearch | None = None,
    rules: SearchRules = NO_RULES,
) -> ExplainedSearch:
    """Explain the first products of a search that is sorted by relevance, and how it was read."""
    found = search_products(
        session, engine=engine, request=request, meaning=meaning, rules=rules
    )
    request = _apply_rules(request, rules, found.reading)
    asked = _apply_reading(request, found.reading)
    near = meaning.find_near(asked.text, asked.filters) if meaning else None
    is_typed = found.results.corrected_query is None
    asked = replace(asked, near=near or (), correct_spelling=not is_typed)
    return ExplainedSearch(found, engine.explain(asked))


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
