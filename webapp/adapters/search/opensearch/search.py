"""Product search on an OpenSearch cluster: for many machines."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from time import perf_counter
from typing import Any
from unicodedata import normalize
from uuid import UUID

from webapp.adapters.search.explanations import build_explanation
from webapp.adapters.search.facets import AGGREGATIONS, parse_facets
from webapp.adapters.search.normalization import MIN_STRICT_MATCHES, iter_weighted_parts
from webapp.adapters.search.opensearch.cluster import OpenSearchCluster
from webapp.adapters.search.opensearch.mapping import build_opensearch_document
from webapp.adapters.search.opensearch.pages import RankedPages, SortedPages
from webapp.adapters.search.opensearch.query import OpenSearchQuery, build_filter_query
from webapp.adapters.search.opensearch.query_analysis import (
    RelaxationLevel,
    analyze_query,
    choose_relaxation_level,
)
from webapp.adapters.search.opensearch.suggestions import autocomplete
from webapp.adapters.search.port import (
    DocumentVersion,
    Explanation,
    Facets,
    Hit,
    ProductDocument,
    SearchFilters,
    SearchRequest,
    SearchResults,
    Sort,
    Suggestion,
)

Json = dict[str, Any]

# Private-use characters, in no text: the text is escaped first, then they become tags.
_MARK_START, _MARK_END = "\ue000", "\ue001"

EXACT = "exact"
_SORT_CLAUSES: dict[Sort, Json] = {
    Sort.RELEVANCE: {"_score": "desc"},
    Sort.PRICE: {"price": "asc"},
    Sort.PRICE_DESC: {"price": "desc"},
    Sort.NEWEST: {"created": "desc"},
    Sort.POPULAR: {"popularity": "desc"},
}


class OpenSearchEngine:
    """Connects on first use."""

    def __init__(self, url: str) -> None:
        self._cluster = OpenSearchCluster(url)

    def search(self, request: SearchRequest) -> SearchResults:
        started = perf_counter()
        cursor = _parse_cursor(request)
        query, corrected = self._analyze(request)
        response = self._cluster.search(
            {
                "query": self._build_query(query, request),
                "post_filter": build_filter_query(request.filters),
                "aggs": {
                    **_facet_aggregations(request.filters),
                    **_exact_aggregation(query, request.filters),
                },
                "highlight": _highlight_request(query),
                "sort": [_SORT_CLAUSES[request.effective_sort], {"id": "asc"}],
                "track_total_hits": True,
                "_source": ["version"],
            }
            | cursor.request_page(request.limit)
        )
        total = response["hits"]["total"]["value"]
        page, last_key = cursor.cut_page(response["hits"]["hits"], request.limit)
        return SearchResults(
            hits=tuple(map(_parse_hit, page)),
            total=total,
            exact_total=response["aggregations"].get(EXACT, {}).get("doc_count", total),
            facets=_parse_facets(response),
            took_ms=(perf_counter() - started) * 1000,
            corrected_query=corrected,
            last_key=last_key,
        )

    def explain(self, request: SearchRequest) -> Explanation:
        query, corrected = self._analyze(request)
        ids = [str(hit.product_id) for hit in self.search(request).hits]
        level = self._choose_level(query, request)
        has_exact = level is not None and level.has_exact
        scores = []
        for reason, clause in query.list_scores(has_exact=has_exact) if ids else ():
            condition = {"must": [clause], "filter": [{"terms": {"id": ids}}]}
            answer = self._cluster.search(
                {"query": {"bool": condition}, "size": len(ids), "_source": False}
            )
            hits = answer["hits"]["hits"]
            scores.append(
                (reason, {UUID(each["_id"]): each["_score"] for each in hits})
            )
        return build_explanation(query.query_words, query.kind, corrected, scores)

    def _analyze(self, request: SearchRequest) -> tuple[OpenSearchQuery, str | None]:
        """The query, and its text with unknown words corrected if any was."""
        typed = OpenSearchQuery(
            normalize("NFKC", request.text),
            near=request.near,
            synonyms=request.synonyms,
            pinned=request.pinned if request.sort is Sort.RELEVANCE else (),
        )
        return analyze_query(
            self._cluster, typed, correct_spelling=request.correct_spelling
        )

    def suggest(self, text: str, *, limit: int) -> Sequence[Suggestion]:
        return autocomplete(self._cluster, text, limit=limit)

    def upsert(self, documents: Iterable[ProductDocument]) -> None:
        self._cluster.write_bulk(map(_index_action, documents))

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

    def rebuild(self, documents: Iterable[ProductDocument]) -> int:
        return self._cluster.replace_index(map(_index_action, documents))

    def check(self) -> None:
        self._cluster.check()

    def _build_query(self, query: OpenSearchQuery, request: SearchRequest) -> Json:
        if not request.text.strip():
            return {"match_all": {}}
        level = self._choose_level(query, request)
        if level is not None:
            return query.build_ranked_query(level.condition, has_exact=level.has_exact)
        others = query.found_codes or query.near or query.pinned
        if not query.query_words and not others:
            return {"match_none": {}}
        return query.build_ranked_query(None, has_exact=False)

    def _choose_level(
        self, query: OpenSearchQuery, request: SearchRequest
    ) -> RelaxationLevel | None:
        """None where words do not count, as there are none or a code excludes them."""
        if query.found_codes.exclusive or not query.query_words:
            return None
        min_matches = MIN_STRICT_MATCHES if request.sort is Sort.RELEVANCE else 1
        return choose_relaxation_level(self._cluster, query, min_matches=min_matches)


def _index_action(document: ProductDocument) -> Json:
    return {
        "_id": str(document.product_id),
        "_source": build_opensearch_document(document),
    }


def _exact_aggregation(query: OpenSearchQuery, filters: SearchFilters) -> Json:
    exact = query.build_exact_condition()
    if exact is None:
        return {}
    narrowed = {"bool": {"filter": [exact, build_filter_query(filters)]}}
    return {EXACT: {"filter": narrowed}}


def _facet_aggregations(filters: SearchFilters) -> Json:
    return {
        name: {
            "filter": build_filter_query(others),
            "aggs": {"values": AGGREGATIONS[name]},
        }
        for name, others in filters.filters_per_facet().items()
    }


def _parse_facets(response: Json) -> Facets:
    results = response["aggregations"]
    return parse_facets({name: results[name]["values"] for name in AGGREGATIONS})


def _highlight_request(query: OpenSearchQuery) -> Json:
    parts = [
        part for word in query.query_words for part, _ in iter_weighted_parts(word)
    ]
    words = {"query": " ".join(parts) or query.text}
    fields = {"name": 0, "description": 1}
    return {
        "pre_tags": [_MARK_START],
        "post_tags": [_MARK_END],
        "fields": {
            field: {
                "number_of_fragments": fragments,
                "fragment_size": 200,
                "highlight_query": {"match": {field: words}},
            }
            for field, fragments in fields.items()
        },
    }


def _parse_hit(raw_hit: Json) -> Hit:
    return Hit(
        product_id=UUID(raw_hit["_id"]),
        version=raw_hit["_source"]["version"],
        score=raw_hit["_score"] or 0.0,
        highlight={
            field: tuple(map(_to_html, passages))
            for field, passages in raw_hit.get("highlight", {}).items()
        },
    )


def _to_html(passage: str) -> str:
    return escape(passage).replace(_MARK_START, "<em>").replace(_MARK_END, "</em>")


def _parse_cursor(request: SearchRequest) -> RankedPages | SortedPages:
    if request.effective_sort is Sort.RELEVANCE:
        return RankedPages.resume(request.last_key)
    return SortedPages.resume(request.last_key)
