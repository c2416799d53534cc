"""One page of what was found, and where the next one begins."""

from dataclasses import dataclass
from uuid import UUID

from tantivy import DocAddress, Order, Searcher, SearchResult

from webapp.adapters.search.embedded.clauses import count_of, filtered
from webapp.adapters.search.embedded.question import Question
from webapp.adapters.search.embedded.schema import identifier
from webapp.adapters.search.port import Query, Sort
from webapp.kit.paging import BadCursor, decode, encode

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


def read_page(question: Question, query: Query) -> FoundPage:
    """A cursor is a place and the product there. The next page begins after that product,
    wherever it is by now, so that changes meanwhile neither repeat nor hide others."""
    place, last_id = _cursor(query.last_key)
    wanted = place + query.limit + 1 + (DRIFT if last_id else 0)
    result = _ranked(question, query, limit=min(wanted, MAX_PLACE))
    searcher = question.reader.searcher
    addresses = [address for _, address in result.hits]
    ids = identifiers(searcher, addresses)
    start = ids.index(last_id) + 1 if last_id in ids else place
    end = start + query.limit
    scored = query.order is Sort.RELEVANCE
    versions = integers(searcher, "version", addresses[start:end])
    items = tuple(
        Found(address, product_id, version, float(value) if scored else 0.0)
        for (value, address), product_id, version in zip(
            result.hits[start:end], ids[start:end], versions, strict=True
        )
    )
    more = end < min(len(ids), MAX_PLACE)
    last_key = encode([end, str(ids[end - 1])]) if more else None
    return FoundPage(items, count_of(result), last_key)


def identifiers(searcher: Searcher, addresses: list[DocAddress]) -> list[UUID]:
    highs = integers(searcher, "id_high", addresses)
    lows = integers(searcher, "id_low", addresses)
    return [identifier(high, low) for high, low in zip(highs, lows, strict=True)]


def integers(searcher: Searcher, field: str, addresses: list[DocAddress]) -> list[int]:
    """A column of these products; every product has every number."""
    values = searcher.fast_field_values(field, addresses)
    return [int(value or 0) for value in values]


def _ranked(question: Question, query: Query, *, limit: int) -> SearchResult:
    searcher, schema = question.reader.searcher, question.reader.schema
    if query.order is Sort.RELEVANCE:
        matching = filtered(schema, question.scored(), query.filters)
        return searcher.search(matching, limit=limit)
    matching = filtered(schema, question.found, query.filters)
    field, order = _ORDERS[query.order]
    return searcher.search(matching, limit=limit, order_by_field=field, order=order)


def _cursor(last_key: str | None) -> tuple[int, UUID | None]:
    if last_key is None:
        return 0, None
    place, product_id = decode(last_key, shape=(int, str))
    try:
        cursor = int(place), UUID(str(product_id))
    except ValueError as problem:
        raise BadCursor("lastKey is not one that this list gave out") from problem
    if not 0 < cursor[0] < MAX_PLACE:
        raise BadCursor("lastKey is not one that this list gave out")
    return cursor
