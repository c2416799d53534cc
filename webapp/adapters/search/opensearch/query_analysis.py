"""Analyzes a search text against the index before the search itself."""

import re
from dataclasses import replace
from typing import Any

from webapp.adapters.search.opensearch.cluster import OpenSearchCluster
from webapp.adapters.search.opensearch.query import (
    OpenSearchQuery,
    build_any_field_query,
)
from webapp.adapters.search.spelling import Vocabulary

Json = dict[str, Any]

MIN_STRICT_MATCHES = 10
"""With this many matches of every word, no product that lacks a word is added."""

_LETTERS = re.compile(r"[^\W\d_]+(?!\w)")


def analyze_query(
    cluster: OpenSearchCluster, text: str
) -> tuple[OpenSearchQuery, str | None]:
    """The query with its unknown words corrected, and the corrected text if any was."""
    query, corrections = _look_up(cluster, OpenSearchQuery(text))
    if not corrections:
        return query, None
    corrected = _LETTERS.sub(
        lambda word: corrections.get(word[0].lower(), word[0]), text
    )
    query, _ = _look_up(cluster, OpenSearchQuery(corrected))
    return query, corrected


def choose_relaxation_level(
    cluster: OpenSearchCluster, query: OpenSearchQuery, *, min_matches: int
) -> Json:
    """The strictest condition that enough products meet."""
    levels = query.build_relaxation_levels()
    if len(query.query_words) == 1:
        return levels[0]
    names = [str(number) for number in range(len(levels))]
    counts = _fetch_counts(cluster, dict(zip(names, levels, strict=True)))
    met = (
        level
        for name, level in zip(names, levels, strict=True)
        if counts[name] >= min_matches
    )
    return next(met, levels[-1])


def _look_up(
    cluster: OpenSearchCluster, query: OpenSearchQuery
) -> tuple[OpenSearchQuery, dict[str, str]]:
    """Find the words and codes that some product has, and corrections of other words."""
    words, codes = query.query_words, query.candidate_codes
    filters = {f"w {word}": build_any_field_query(word) for word in words}
    filters |= {f"c {code}": {"term": {"codes": code}} for code in codes}
    if not filters:
        return query, {}
    response = cluster.search(_count_request(filters) | _suggest_request(query.text))
    counts = _parse_counts(response)
    analyzed = replace(
        query,
        known_words=frozenset(word for word in words if counts[f"w {word}"]),
        codes=tuple(code for code in codes if counts[f"c {code}"]),
    )
    unknown = set(analyzed.query_words) - analyzed.known_words
    return analyzed, _parse_corrections(response, unknown)


def _parse_corrections(response: Json, unknown: set[str]) -> dict[str, str]:
    corrections = {}
    for entry in response["suggest"]["words"]:
        options = {option["text"]: option["freq"] for option in entry["options"]}
        closest = Vocabulary(options).find_closest(entry["text"])
        if closest and entry["text"] in unknown:
            corrections[entry["text"]] = closest
    return corrections


def _fetch_counts(
    cluster: OpenSearchCluster, filters: dict[str, Json]
) -> dict[str, int]:
    return _parse_counts(cluster.search(_count_request(filters)))


def _parse_counts(response: Json) -> dict[str, int]:
    buckets = response["aggregations"]["counts"]["buckets"]
    return {name: bucket["doc_count"] for name, bucket in buckets.items()}


def _count_request(filters: dict[str, Json]) -> Json:
    counts = {"filters": {"filters": filters}}
    return {"size": 0, "track_total_hits": False, "aggs": {"counts": counts}}


def _suggest_request(text: str) -> Json:
    """Request similar words of all products; `Vocabulary` chooses among them."""
    term = {
        "field": "text.words",
        "suggest_mode": "missing",
        "max_edits": 2,
        "prefix_length": 0,
        "min_word_length": 4,
        "size": 20,
    }
    return {"suggest": {"text": text, "words": {"term": term}}}
