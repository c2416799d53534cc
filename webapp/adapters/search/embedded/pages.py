"""One page of hits, and the cursor of the next one."""

from dataclasses import dataclass
from uuid import UUID

from tantivy import DocAddress, Order, Searcher, SearchResult

from webapp.adapters.search.embedded.clauses import apply_filters, total_matches
from webapp.adapters.search.embedded.query import EmbeddedQuery
from webapp.adapters.search.embedded.schema import join_uuid
from webapp.adapters.search.port import SearchRequest, Sort
from webapp.kit.paging import BadCursor, decode_cursor, encode_cursor

MAX_OFFSET = 10_000
"""Paging ends here: a page costs as much as all the hits before it."""
MAX_DRIFT = 50
"""How far the last hit of a page may have moved by the time the next page is read."""

_SORT_FIELDS = {
    Sort.PRICE: ("price", Order.Asc),
    Sort.PRICE_DESC: ("price", Order.Desc),
    Sort.NEWEST: ("created", Order.Desc),
}


@dataclass(frozen=True)
class RankedHit:
    address: DocAddress
    product_id: UUID
    version: int
    score: float


@dataclass(frozen=True)
class HitPage:
    items: tuple[RankedHit, ...]
    total: int
    last_key: str | None


def read_page(query: EmbeddedQuery, request: SearchRequest) -> HitPage:
    """Read a page. A cursor is an offset and the product at it: the next page begins after
    that product, wherever it is by now, so that changes neither repeat nor hide hits."""
    offset, last_id = _parse_cursor(request.last_key)
    limit = offset + request.limit + 1 + (MAX_DRIFT if last_id else 0)
    result = _run_query(query, request, limit=min(limit, MAX_OFFSET))
    searcher = query.snapshot.searcher
    addresses = [address for _, address in result.hits]
    ids = read_product_ids(searcher, addresses)
    start = ids.index(last_id) + 1 if last_id in ids else offset
    end = start + request.limit
    is_ranked = request.effective_sort is Sort.RELEVANCE
    versions = read_integer_column(searcher, "version", addresses[start:end])
    items = tuple(
        RankedHit(address, product_id, version, float(value) if is_ranked else 0.0)
        for (value, address), product_id, version in zip(
            result.hits[start:end], ids[start:end], versions, strict=True
        )
    )
    more = end < min(len(ids), MAX_OFFSET)
    last_key = encode_cursor([end, str(ids[end - 1])]) if more else None
    return HitPage(items, total_matches(result), last_key)


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


def _parse_cursor(last_key: str | None) -> tuple[int, UUID | None]:
    if last_key is None:
        return 0, None
    offset, product_id = decode_cursor(last_key, shape=(int, str))
    try:
        cursor = int(offset), UUID(str(product_id))
    except ValueError as error:
        raise BadCursor("lastKey is not one that this list gave out") from error
    if not 0 < cursor[0] < MAX_OFFSET:
        raise BadCursor("lastKey is not one that this list gave out")
    return cursor
