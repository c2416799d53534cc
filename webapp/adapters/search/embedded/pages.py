"""One page of hits, and the cursor of the next one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from tantivy import DocAddress, Order, Searcher, SearchResult

from webapp.adapters.search.embedded.clauses import apply_filters, total_matches
from webapp.adapters.search.embedded.query import EmbeddedQuery
from webapp.adapters.search.embedded.schema import join_uuid, split_uuid
from webapp.adapters.search.port import SearchRequest, Sort
from webapp.adapters.search.ranked_cursor import MAX_DRIFT, MAX_OFFSET, RankedCursor
from webapp.kit.paging import BadCursor, decode_cursor, encode_cursor

MAX_PRODUCTS = 1_000_000
_SPARE_HITS = 50
"""Read beyond those that are needed: of the last ones, equal ones may be missing."""

_SORT_FIELDS = {
    Sort.PRICE: ("price", Order.Asc),
    Sort.PRICE_DESC: ("price", Order.Desc),
    Sort.NEWEST: ("created", Order.Desc),
    Sort.POPULAR: ("popularity", Order.Desc),
}


class RankedHit(NamedTuple):
    """In the order of its fields: hits of equal value follow each other by id."""

    value: float
    """By which it is sorted: the smallest first."""
    id_high: int
    id_low: int
    address: DocAddress

    @property
    def product_id(self) -> UUID:
        return join_uuid(self.id_high, self.id_low)

    @property
    def score(self) -> float:
        return -self.value


@dataclass(frozen=True)
class HitPage:
    items: tuple[RankedHit, ...]
    total: int
    last_key: str | None


def read_page(query: EmbeddedQuery, request: SearchRequest) -> HitPage:
    """Read a page. Hits with equal values are in the order of their ids, as the index has them in
    an order that every edit changes."""
    if request.effective_sort is Sort.RELEVANCE:
        return _read_ranked_page(query, request)
    return _read_sorted_page(query, request)


def _read_sorted_page(query: EmbeddedQuery, request: SearchRequest) -> HitPage:
    """A cursor is the value and the id of the last hit, and the number of hits up to it, by which
    the next page knows how many to read."""
    last, offset = _parse_cursor(request.last_key)
    wanted = offset + request.limit + 1
    while True:
        best = _list_best(query, request, count=wanted)
        following = [hit for hit in best.hits if last is None or hit[:3] > last]
        if best.are_all or len(following) > request.limit:
            break
        wanted *= 2
    page = following[: request.limit]
    last_key = None
    if len(following) > request.limit:
        end = best.hits.index(page[-1]) + 1
        last_key = encode_cursor([int(page[-1].value), str(page[-1].product_id), end])
    return HitPage(tuple(page), best.total, last_key)


def _read_ranked_page(query: EmbeddedQuery, request: SearchRequest) -> HitPage:
    cursor = RankedCursor.decode(request.last_key)
    count = cursor.offset + request.limit + 1 + (MAX_DRIFT if cursor.shown else 0)
    best = _list_best(query, request, count=min(count, MAX_OFFSET))
    window = best.hits[cursor.window_start : MAX_OFFSET]
    places: Sequence[int] = range(len(window))
    if cursor.shown:
        places = cursor.find_next([hit.product_id for hit in window])
    page = [window[place] for place in places[: request.limit]]
    last_key = None
    if len(places) > request.limit:
        end = cursor.window_start + places[request.limit]
        last_key = RankedCursor.after(end, [hit.product_id for hit in page]).encode()
    return HitPage(tuple(page), best.total, last_key)


@dataclass(frozen=True)
class _BestHits:
    hits: list[RankedHit]
    total: int
    are_all: bool


def _list_best(
    query: EmbeddedQuery, request: SearchRequest, *, count: int
) -> _BestHits:
    """List the best hits in their order: all, or at least `count`."""
    searcher = query.snapshot.searcher
    limit = count + _SPARE_HITS
    while True:
        result = _run_query(query, request, limit=limit)
        hits = sorted(_build_hits(searcher, request, result))
        if len(hits) < limit:
            return _BestHits(hits, total_matches(result), are_all=True)
        complete = [hit for hit in hits if hit.value < hits[-1].value]
        if len(complete) >= count:
            return _BestHits(complete, total_matches(result), are_all=False)
        limit *= 2


def _build_hits(
    searcher: Searcher, request: SearchRequest, result: SearchResult
) -> Iterable[RankedHit]:
    addresses = [address for _, address in result.hits]
    values = [float(value) for value, _ in result.hits]
    if request.effective_sort is not Sort.RELEVANCE:
        field, _ = _SORT_FIELDS[request.effective_sort]
        values = list(map(float, read_integer_column(searcher, field, addresses)))
    if request.effective_sort is not Sort.PRICE:
        values = [-value for value in values]
    highs = read_integer_column(searcher, "id_high", addresses)
    lows = read_integer_column(searcher, "id_low", addresses)
    return map(RankedHit, values, highs, lows, addresses)


def read_product_ids(searcher: Searcher, addresses: list[DocAddress]) -> list[UUID]:
    highs = read_integer_column(searcher, "id_high", addresses)
    lows = read_integer_column(searcher, "id_low", addresses)
    return [join_uuid(high, low) for high, low in zip(highs, lows, strict=True)]


def read_integer_column(
    searcher: Searcher, field: str, addresses: list[DocAddress]
) -> list[int]:
    """Values of a numeric column for these products; every product has one."""
    values = searcher.fast_field_values(field, addresses)
    return [int(value or 0) for value in values]


def _run_query(
    query: EmbeddedQuery, request: SearchRequest, *, limit: int
) -> SearchResult:
    searcher, schema = query.snapshot.searcher, query.snapshot.schema
    if request.effective_sort is Sort.RELEVANCE:
        matching = apply_filters(schema, query.build_ranked_query(), request.filters)
        return searcher.search(matching, limit=limit)
    matching = apply_filters(schema, query.matching_query, request.filters)
    field, order = _SORT_FIELDS[request.effective_sort]
    return searcher.search(matching, limit=limit, order_by_field=field, order=order)


def _parse_cursor(
    last_key: str | None,
) -> tuple[tuple[float, int, int] | None, int]:
    if last_key is None:
        return None, 0
    value, product_id, offset = decode_cursor(last_key, shape=(int, str, int))
    try:
        last = float(value), *split_uuid(UUID(str(product_id)))
    except (ValueError, OverflowError) as error:
        raise BadCursor("lastKey is not one that this list gave out") from error
    if not 0 < int(offset) < MAX_PRODUCTS:
        raise BadCursor("lastKey is not one that this list gave out")
    return last, int(offset)
