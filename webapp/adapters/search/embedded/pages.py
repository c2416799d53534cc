"""One page of what was found, and where the next one begins."""

from dataclasses import dataclass
from uuid import UUID

from tantivy import DocAddress, Order, Searcher, SearchResult

from webapp.adapters.search.embedded.clauses import apply_filters, total_matches
from webapp.adapters.search.embedded.query import EmbeddedQuery
from webapp.adapters.search.embedded.schema import join_uuid
from webapp.adapters.search.port import SearchRequest, Sort
from webapp.kit.paging import BadCursor, decode_cursor, encode_cursor

MAX_PLACE = 10_000
"""Nobody pages further than this, and each page costs what lies before it."""
DRIFT = 50
"""How far the last product of a page may have moved when the next one is asked for."""

_ORDERS = {
    Sort.PRICE: ("price", Order.Asc),
    Sort.PRICE_DESC: ("price", Order.Desc),
    Sort.NEWEST: ("created", Order.Desc),
}


@dataclass(frozen=True)
class Found:
    address: DocAddress
    product_id: UUID
    version: int
    score: float


@dataclass(frozen=True)
class FoundPage:
    items: tuple[Found, ...]
    total: int
    last_key: str | None


def read_page(question: EmbeddedQuery, query: SearchRequest) -> FoundPage:
    """A cursor is a place and the product there. The next page begins after that product,
    wherever it is by now, so that changes meanwhile neither repeat nor hide others."""
    place, last_id = _cursor(query.last_key)
    wanted = place + query.limit + 1 + (DRIFT if last_id else 0)
    result = _ranked(question, query, limit=min(wanted, MAX_PLACE))
    searcher = question.snapshot.searcher
    addresses = [address for _, address in result.hits]
    ids = read_product_ids(searcher, addresses)
    start = ids.index(last_id) + 1 if last_id in ids else place
    end = start + query.limit
    scored = query.effective_sort is Sort.RELEVANCE
    versions = read_integer_column(searcher, "version", addresses[start:end])
    items = tuple(
        Found(address, product_id, version, float(value) if scored else 0.0)
        for (value, address), product_id, version in zip(
            result.hits[start:end], ids[start:end], versions, strict=True
        )
    )
    more = end < min(len(ids), MAX_PLACE)
    last_key = encode_cursor([end, str(ids[end - 1])]) if more else None
    return FoundPage(items, total_matches(result), last_key)


def read_product_ids(searcher: Searcher, addresses: list[DocAddress]) -> list[UUID]:
    highs = read_integer_column(searcher, "id_high", addresses)
    lows = read_integer_column(searcher, "id_low", addresses)
    return [join_uuid(high, low) for high, low in zip(highs, lows, strict=True)]


def read_integer_column(
    searcher: Searcher, field: str, addresses: list[DocAddress]
) -> list[int]:
    """A column of these products; every product has every number."""
    values = searcher.fast_field_values(field, addresses)
    return [int(value or 0) for value in values]


def _ranked(
    question: EmbeddedQuery, query: SearchRequest, *, limit: int
) -> SearchResult:
    searcher, schema = question.snapshot.searcher, question.snapshot.schema
    if query.effective_sort is Sort.RELEVANCE:
        matching = apply_filters(schema, question.build_ranked_query(), query.filters)
        return searcher.search(matching, limit=limit)
    matching = apply_filters(schema, question.matching_query, query.filters)
    field, order = _ORDERS[query.effective_sort]
    return searcher.search(matching, limit=limit, order_by_field=field, order=order)


def _cursor(last_key: str | None) -> tuple[int, UUID | None]:
    if last_key is None:
        return 0, None
    place, product_id = decode_cursor(last_key, shape=(int, str))
    try:
        cursor = int(place), UUID(str(product_id))
    except ValueError as problem:
        raise BadCursor("lastKey is not one that this list gave out") from problem
    if not 0 < cursor[0] < MAX_PLACE:
        raise BadCursor("lastKey is not one that this list gave out")
    return cursor
