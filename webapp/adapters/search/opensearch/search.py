"""Product search on an OpenSearch cluster: for many machines."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import isfinite
from time import perf_counter
from typing import Any
from uuid import UUID

from webapp.adapters.search.facets import AGGREGATIONS, facets_of
from webapp.adapters.search.opensearch.cluster import Cluster
from webapp.adapters.search.opensearch.mapping import document_of
from webapp.adapters.search.opensearch.question import Question, conditions
from webapp.adapters.search.opensearch.reading import ENOUGH, find_level, read
from webapp.adapters.search.opensearch.suggestions import complete
from webapp.adapters.search.port import (
    Facets,
    Filters,
    Hit,
    ProductEntry,
    Query,
    Result,
    Sort,
    Stamp,
    Suggestion,
)
from webapp.kit.paging import BadCursor, decode, encode

Json = dict[str, Any]

# Marks that no text has: the text is escaped first, and the marks become tags then.
_MARK, _END = "\ue000", "\ue001"

_ORDERS: dict[Sort, Json] = {
    Sort.RELEVANCE: {"_score": "desc"},
    Sort.PRICE: {"price": "asc"},
    Sort.PRICE_DESC: {"price": "desc"},
    Sort.NEWEST: {"created": "desc"},
}


class OpenSearchEngine:
    """Connects at first use."""

    def __init__(self, url: str) -> None:
        self._cluster = Cluster(url)

    def search(self, query: Query) -> Result:
        started = perf_counter()
        after = _cursor(query.last_key)
        question, corrected = read(self._cluster, query.text)
        answer = self._cluster.search(
            {
                "query": self._matching(question, query),
                "post_filter": conditions(query.filters),
                "aggs": _facets(query.filters),
                "highlight": _highlight(question),
                "sort": [_ORDERS[query.order], {"id": "asc"}],
                "size": query.limit + 1,
                "track_total_hits": True,
                "_source": ["version"],
            }
            | ({"search_after": after} if after else {})
        )
        found = answer["hits"]["hits"]
        page = found[: query.limit]
        return Result(
            hits=tuple(map(_hit, page)),
            total=answer["hits"]["total"]["value"],
            facets=_facets_in(answer),
            took_ms=(perf_counter() - started) * 1000,
            corrected_query=corrected,
            last_key=_key_of(page[-1]) if len(found) > len(page) else None,
        )

    def suggest(self, text: str, *, limit: int) -> Sequence[Suggestion]:
        return complete(self._cluster, text, limit=limit)

    def put(self, entries: Iterable[ProductEntry]) -> None:
        self._cluster.write(map(_putting, entries))

    def remove(self, product_ids: Iterable[UUID]) -> None:
        self._cluster.write(
            {"_op_type": "delete", "_id": str(product_id)} for product_id in product_ids
        )

    def stamps(self) -> Mapping[UUID, Stamp]:
        return {
            UUID(hit["_id"]): Stamp(
                hit["_source"]["version"], hit["_source"]["in_stock"]
            )
            for hit in self._cluster.every_source(["version", "in_stock"])
        }

    def rebuild(self, entries: Iterable[ProductEntry]) -> int:
        return self._cluster.replace(map(_putting, entries))

    def check(self) -> None:
        self._cluster.check()

    def _matching(self, question: Question, query: Query) -> Json:
        if not query.text.strip():
            return {"match_all": {}}
        if question.codes:
            return question.by_code()
        if not question.words:
            return {"match_none": {}}
        enough = ENOUGH if query.sort is Sort.RELEVANCE else 1
        found = find_level(self._cluster, question, enough=enough)
        return question.scored(found)


def _putting(entry: ProductEntry) -> Json:
    return {"_id": str(entry.product_id), "_source": document_of(entry)}


def _facets(filters: Filters) -> Json:
    return {
        name: {
            "filter": conditions(others),
            "aggs": {"values": AGGREGATIONS[name]},
        }
        for name, others in filters.others().items()
    }


def _facets_in(answer: Json) -> Facets:
    counted = answer["aggregations"]
    return facets_of({name: counted[name]["values"] for name in AGGREGATIONS})


def _highlight(question: Question) -> Json:
    words = {"query": " ".join(question.words) or question.text}
    fields = {"name": 0, "description": 1}
    return {
        "pre_tags": [_MARK],
        "post_tags": [_END],
        "fields": {
            field: {
                "number_of_fragments": fragments,
                "fragment_size": 200,
                "highlight_query": {"match": {field: words}},
            }
            for field, fragments in fields.items()
        },
    }


def _hit(found: Json) -> Hit:
    return Hit(
        product_id=UUID(found["_id"]),
        version=found["_source"]["version"],
        score=found["_score"] or 0.0,
        highlight={
            field: tuple(map(_html, passages))
            for field, passages in found.get("highlight", {}).items()
        },
    )


def _html(passage: str) -> str:
    return escape(passage).replace(_MARK, "<em>").replace(_END, "</em>")


def _key_of(found: Json) -> str:
    value, product_id = found["sort"]
    return encode([repr(value), product_id])


def _cursor(last_key: str | None) -> list[Any] | None:
    """The sort values of the last hit, as OpenSearch wants them back."""
    if last_key is None:
        return None
    value, product_id = decode(last_key, shape=(str, str))
    try:
        number = float(value)
        UUID(str(product_id))
    except ValueError as problem:
        raise BadCursor("lastKey is not one that this list gave out") from problem
    if not isfinite(number):
        raise BadCursor("lastKey is not one that this list gave out")
    return [number if "." in str(value) else int(value), product_id]
