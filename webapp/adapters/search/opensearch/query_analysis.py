"""What the index says of the words typed, before anything is searched."""

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
"""Matches of every word, from which on no product that misses one is added."""

_LETTERS = re.compile(r"[^\W\d_]+(?!\w)")


def analyze_query(
    cluster: OpenSearchCluster, text: str
) -> tuple[OpenSearchQuery, str | None]:
    """The question with its unknown words corrected, and the corrected text if any was."""
    question, meant = _look_up(cluster, OpenSearchQuery(text))
    if not meant:
        return question, None
    corrected = _LETTERS.sub(lambda word: meant.get(word[0].lower(), word[0]), text)
    question, _ = _look_up(cluster, OpenSearchQuery(corrected))
    return question, corrected


def choose_relaxation_level(
    cluster: OpenSearchCluster, question: OpenSearchQuery, *, min_matches: int
) -> Json:
    """The strictest condition that enough products meet."""
    levels = question.build_relaxation_levels()
    if len(question.words) == 1:
        return levels[0]
    names = [str(number) for number in range(len(levels))]
    counts = _counts(cluster, dict(zip(names, levels, strict=True)))
    met = (
        level
        for name, level in zip(names, levels, strict=True)
        if counts[name] >= min_matches
    )
    return next(met, levels[-1])


def _look_up(
    cluster: OpenSearchCluster, question: OpenSearchQuery
) -> tuple[OpenSearchQuery, dict[str, str]]:
    """Which words and codes some product has, and what the other words may have meant."""
    words, codes = question.words, question.candidate_codes
    wanted = {f"w {word}": build_any_field_query(word) for word in words}
    wanted |= {f"c {code}": {"term": {"codes": code}} for code in codes}
    if not wanted:
        return question, {}
    answer = cluster.search(_counting(wanted) | _suggesting(question.text))
    counts = _counts_in(answer)
    found = replace(
        question,
        known_words=frozenset(word for word in words if counts[f"w {word}"]),
        codes=tuple(code for code in codes if counts[f"c {code}"]),
    )
    unknown = set(found.words) - found.known_words
    return found, _corrections(answer, unknown)


def _corrections(answer: Json, unknown: set[str]) -> dict[str, str]:
    meant = {}
    for entry in answer["suggest"]["words"]:
        options = {option["text"]: option["freq"] for option in entry["options"]}
        nearest = Vocabulary(options).find_closest(entry["text"])
        if nearest and entry["text"] in unknown:
            meant[entry["text"]] = nearest
    return meant


def _counts(cluster: OpenSearchCluster, wanted: dict[str, Json]) -> dict[str, int]:
    return _counts_in(cluster.search(_counting(wanted)))


def _counts_in(answer: Json) -> dict[str, int]:
    buckets = answer["aggregations"]["counts"]["buckets"]
    return {name: bucket["doc_count"] for name, bucket in buckets.items()}


def _counting(wanted: dict[str, Json]) -> Json:
    counts = {"filters": {"filters": wanted}}
    return {"size": 0, "track_total_hits": False, "aggs": {"counts": counts}}


def _suggesting(text: str) -> Json:
    """The nearest words of all products; `Vocabulary` chooses among them."""
    term = {
        "field": "text.words",
        "suggest_mode": "missing",
        "max_edits": 2,
        "prefix_length": 0,
        "min_word_length": 4,
        "size": 20,
    }
    return {"suggest": {"text": text, "words": {"term": term}}}
