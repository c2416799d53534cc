"""Completions of what is being typed."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from webapp.adapters.search.opensearch.cluster import OpenSearchCluster
from webapp.adapters.search.port import Suggestion, SuggestionType
from webapp.adapters.search.spelling import MIN_WORD_LENGTH

Json = dict[str, Any]

MAX_LABELS = 3
"""Of categories, and of brands: the rest of the list is for products."""

_WORD = re.compile(r"[^\W_]+")


def autocomplete(
    cluster: OpenSearchCluster, text: str, *, limit: int
) -> Sequence[Suggestion]:
    """Categories, brands and products that have the words typed and one that begins like
    the last. When there are none, one slip in the last word is forgiven."""
    *whole, last = _WORD.findall(text.lower()) or [""]
    if not last:
        return ()
    begins = {"match": {"name.beginnings": last}}
    found = _ask(cluster, _named(whole, begins), text, limit=limit)
    if not found and len(last) >= MIN_WORD_LENGTH:
        slip = {"fuzzy": {"name.beginnings": {"value": last, "fuzziness": 1}}}
        found = _ask(cluster, _named(whole, slip), text, limit=limit)
    return found[:limit]


def _named(whole: Sequence[str], begins: Json) -> Json:
    words = [{"match": {"name.words": word}} for word in whole]
    return {"bool": {"filter": [*words, begins]}}


def _ask(
    cluster: OpenSearchCluster, named: Json, text: str, *, limit: int
) -> Sequence[Suggestion]:
    answer = cluster.search(
        {
            "size": 3 * limit,
            "_source": ["name"],
            "post_filter": named,
            "sort": [{"popularity": "desc"}, {"id": "asc"}],
            "aggs": {
                kind.value: _labels(kind.value, text)
                for kind in (SuggestionType.CATEGORY, SuggestionType.BRAND)
            },
        }
    )
    named_once: dict[str, Suggestion] = {}
    for hit in answer["hits"]["hits"]:
        name = hit["_source"]["name"]
        suggestion = Suggestion(name, SuggestionType.PRODUCT, UUID(hit["_id"]))
        named_once.setdefault(name, suggestion)
    return (
        *_labels_in(answer, SuggestionType.CATEGORY),
        *_labels_in(answer, SuggestionType.BRAND),
        *named_once.values(),
    )


def _labels(field: str, text: str) -> Json:
    begins = {"match": {f"{field}.beginnings": {"query": text, "operator": "and"}}}
    labels = {"terms": {"field": field, "size": MAX_LABELS}}
    return {"filter": begins, "aggs": {"labels": labels}}


def _labels_in(answer: Json, kind: SuggestionType) -> list[Suggestion]:
    buckets = answer["aggregations"][kind.value]["labels"]["buckets"]
    return [Suggestion(bucket["key"], kind) for bucket in buckets]
