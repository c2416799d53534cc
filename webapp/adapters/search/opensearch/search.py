"""Product search on an OpenSearch cluster: for many machines."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import isfinite
from time import perf_counter
from typing import Any
from uuid import UUID

from webapp.adapters.search.facets import AGGREGATIONS, parse_facets
from webapp.adapters.search.opensearch.cluster import OpenSearchCluster
from webapp.adapters.search.opensearch.mapping import build_opensearch_document
from webapp.adapters.search.opensearch.query import OpenSearchQuery, build_filter_query
from webapp.adapters.search.opensearch.query_analysis import (
    MIN_STRICT_MATCHES,
    analyze_query,
    choose_relaxation_level,
)
from webapp.adapters.search.opensearch.suggestions import autocomplete
from webapp.adapters.search.port import (
    DocumentVersion,
    Facets,
    Hit,
    ProductDocument,
    SearchFilters,
    SearchRequest,
    SearchResults,
    Sort,
    Suggestion,
)
from webapp.kit.paging import BadCursor, decode_cursor, encode_cursor

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
        self._cluster = OpenSearchCluster(url)

    def search(self, query: SearchRequest) -> SearchResults:
        started = perf_counter()
        after = _cursor(query.last_key)
        question, corrected = analyze_query(self._cluster, query.text)
        answer = self._cluster.search(
            {
                "query": self._matching(question, query),
                "post_filter": build_filter_query(query.filters),
                "aggs": _facets(query.filters),
                "highlight": _highlight(question),
                "sort": [_ORDERS[query.effective_sort], {"id": "asc"}],
                "size": query.limit + 1,
                "track_total_hits": True,
                "_source": ["version"],
            }
            | ({"search_after": after} if after else {})
        )
        found = answer["hits"]["hits"]
        page = found[: query.limit]
        return SearchResults(
            hits=tuple(map(_hit, page)),
            total=answer["hits"]["total"]["value"],
            facets=_facets_in(answer),
            took_ms=(perf_counter() - started) * 1000,
            corrected_query=corrected,
            last_key=_key_of(page[-1]) if len(found) > len(page) else None,
        )

    def suggest(self, text: str, *, limit: int) -> Sequence[Suggestion]:
        return autocomplete(self._cluster, text, limit=limit)

    def upsert(self, entries: Iterable[ProductDocument]) -> None:
        self._cluster.write_bulk(map(_putting, entries))

    def delete(self, product_ids: Iterable[UUID]) -> None:
        self._cluster.write_bulk(
            {"_op_type": "delete", "_id": str(product_id)} for product_id in product_ids
        )

    def list_versions(self) -> Mapping[UUID, DocumentVersion]:
        return {
            UUID(hit["_id"]): DocumentVersion(
                hit["_source"]["version"], hit["_source"]["in_stock"]
            )
            for hit in self._cluster.scan_sources(["version", "in_stock"])
        }

    def rebuild(self, entries: Iterable[ProductDocument]) -> int:
        return self._cluster.replace_index(map(_putting, entries))

    def check(self) -> None:
        self._cluster.check()

    def _matching(self, question: OpenSearchQuery, query: SearchRequest) -> Json:
        if not query.text.strip():
            return {"match_all": {}}
        if question.codes:
            return question.build_code_query()
        if not question.words:
            return {"match_none": {}}
        enough = MIN_STRICT_MATCHES if query.sort is Sort.RELEVANCE else 1
        found = choose_relaxation_level(self._cluster, question, min_matches=enough)
        return question.build_ranked_query(found)


def _putting(entry: ProductDocument) -> Json:
    return {"_id": str(entry.product_id), "_source": build_opensearch_document(entry)}


def _facets(filters: SearchFilters) -> Json:
    return {
        name: {
            "filter": build_filter_query(others),
            "aggs": {"values": AGGREGATIONS[name]},
        }
        for name, others in filters.filters_per_facet().items()
    }


def _facets_in(answer: Json) -> Facets:
    counted = answer["aggregations"]
    return parse_facets({name: counted[name]["values"] for name in AGGREGATIONS})


def _highlight(question: OpenSearchQuery) -> Json:
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
    return encode_cursor([repr(value), product_id])


def _cursor(last_key: str | None) -> list[Any] | None:
    """The sort values of the last hit, as OpenSearch wants them back."""
    if last_key is None:
        return None
    value, product_id = decode_cursor(last_key, shape=(str, str))
    try:
        number = float(value)
        UUID(str(product_id))
    except ValueError as problem:
        raise BadCursor("lastKey is not one that this list gave out") from problem
    if not isfinite(number):
        raise BadCursor("lastKey is not one that this list gave out")
    return [number if "." in str(value) else int(value), product_id]
