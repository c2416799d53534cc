"""Autocomplete suggestions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from webapp.adapters.search.analysis import split_words
from webapp.adapters.search.codes import build_code_prefix
from webapp.adapters.search.opensearch.cluster import OpenSearchCluster
from webapp.adapters.search.port import Suggestion, SuggestionType
from webapp.adapters.search.spelling import MIN_WORD_LENGTH

Json = dict[str, Any]

MAX_LABELS = 3
"""Maximum of categories, and of brands: the rest of the list is for products."""


def autocomplete(
    cluster: OpenSearchCluster, text: str, *, limit: int
) -> Sequence[Suggestion]:
    """Suggest categories, brands and products that have all typed words, the last as a
    prefix, and products with a code that begins so. When there are none, allow one typo in the
    last word."""
    *complete_words, last = split_words(text) or [""]
    if not last:
        return ()
    named = _name_query(complete_words, {"match": {"name_words.beginnings": last}})
    code = build_code_prefix(text)
    coded = [{"prefix": {"codes": code}}] if code else []
    suggestions = _fetch_suggestions(
        cluster, {"bool": {"should": [named, *coded]}}, text, limit=limit
    )
    if not suggestions and len(last) >= MIN_WORD_LENGTH:
        fuzzy_query = {
            "fuzzy": {"name_words.beginnings": {"value": last, "fuzziness": 1}}
        }
        suggestions = _fetch_suggestions(
            cluster, _name_query(complete_words, fuzzy_query), text, limit=limit
        )
    return suggestions[:limit]


def _name_query(complete_words: Sequence[str], prefix_query: Json) -> Json:
    words = [{"match": {"name_words": word}} for word in complete_words]
    return {"bool": {"filter": [*words, prefix_query]}}


def _fetch_suggestions(
    cluster: OpenSearchCluster, product_query: Json, text: str, *, limit: int
) -> Sequence[Suggestion]:
    response = cluster.search(
        {
            "size": 3 * limit,
            "_source": ["name"],
            "post_filter": product_query,
            "sort": [{"popularity": "desc"}, {"id": "asc"}],
            "aggs": {
                kind.value: _label_aggregation(kind.value, text)
                for kind in (SuggestionType.CATEGORY, SuggestionType.BRAND)
            },
        }
    )
    by_name: dict[str, Suggestion] = {}
    for hit in response["hits"]["hits"]:
        name = hit["_source"]["name"]
        suggestion = Suggestion(name, SuggestionType.PRODUCT, UUID(hit["_id"]))
        by_name.setdefault(name, suggestion)
    return (
        *_parse_labels(response, SuggestionType.CATEGORY),
        *_parse_labels(response, SuggestionType.BRAND),
        *by_name.values(),
    )


def _label_aggregation(field: str, text: str) -> Json:
    prefix_query = {
        "match": {
            f"{field}_words": {"query": " ".join(split_words(text)), "operator": "and"}
        }
    }
    labels = {"terms": {"field": field, "size": MAX_LABELS}}
    return {"filter": prefix_query, "aggs": {"labels": labels}}


def _parse_labels(response: Json, kind: SuggestionType) -> list[Suggestion]:
    buckets = response["aggregations"][kind.value]["labels"]["buckets"]
    return [Suggestion(bucket["key"], kind) for bucket in buckets]
