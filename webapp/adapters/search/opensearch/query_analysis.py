"""Analyzes a search text against the index before the search itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.adapters.search.analysis import (
    QueryWord,
    join_neighbors,
    list_compounds,
    split_query,
)
from webapp.adapters.search.codes import FoundCodes, list_typed_codes
from webapp.adapters.search.kinds import (
    COUNTED_FIELDS,
    AskedKind,
    choose_kind,
    list_kind_parts,
    split_phrases,
)
from webapp.adapters.search.normalization import MAX_WORDS, compute_rarity
from webapp.adapters.search.opensearch.cluster import OpenSearchCluster
from webapp.adapters.search.opensearch.query import (
    OpenSearchQuery,
    build_code_query,
    build_prefix_query,
    build_text_query,
    build_word_query,
)
from webapp.adapters.search.spelling import LETTERS, Vocabulary, correct_words

Json = dict[str, Any]
_ALL = "all"
"""Products."""


@dataclass(frozen=True)
class RelaxationLevel:
    condition: Json
    has_exact: bool
    """Whether some product has every word."""


def analyze_query(
    cluster: OpenSearchCluster, typed: OpenSearchQuery, *, correct_spelling: bool = True
) -> tuple[OpenSearchQuery, str | None]:
    """The query with its unknown words corrected, and the corrected text if any was."""
    query, corrections = _look_up(cluster, typed)
    corrected = correct_words(typed.text, corrections) if correct_spelling else None
    if corrected is None:
        return query, None
    query, _ = _look_up(cluster, replace(typed, text=corrected))
    return query, corrected


def choose_relaxation_level(
    cluster: OpenSearchCluster, query: OpenSearchQuery, *, min_matches: int
) -> RelaxationLevel:
    """The strictest condition that enough products meet."""
    levels = query.build_relaxation_levels()
    if len(query.query_words) == 1:
        return RelaxationLevel(levels[0], bool(query.rarities))
    names = [str(number) for number in range(len(levels))]
    counts = _fetch_counts(cluster, dict(zip(names, levels, strict=True)))
    met = (
        level
        for name, level in zip(names, levels, strict=True)
        if counts[name] >= min_matches
    )
    return RelaxationLevel(next(met, levels[-1]), counts[names[0]] > 0)


def _look_up(
    cluster: OpenSearchCluster, query: OpenSearchQuery
) -> tuple[OpenSearchQuery, dict[str, str]]:
    """Find the words and codes that some product has, and corrections of other words."""
    words = split_query(query.text, query.synonyms)[:MAX_WORDS]
    codes = list_typed_codes(query.text)
    filters = {f"word {word.text}": build_word_query(word) for word in words}
    compounds = list_compounds(words)
    filters |= {f"compound {name}": build_text_query(name) for name in compounds}
    filters |= {
        f"{field} {code.key}": build_code_query(field, code.key)
        for field in ("codes", "code_parts")
        for code in codes
    }
    filters |= {
        f"prefix {code.key}": build_prefix_query(code.key)
        for code in codes
        if code.may_be_prefix
    }
    phrases = split_phrases(query.text, query.synonyms)
    filters |= _build_kind_filters(phrases, compounds)
    if not filters:
        return query, {}
    filters[_ALL] = {"match_all": {}}
    response = cluster.search(_count_request(filters) | _suggest_request(words))
    counts = _parse_counts(response)
    analyzed = replace(
        query,
        rarities={
            word: compute_rarity(count, counts[_ALL])
            for word in words
            if (count := counts[f"word {word.text}"])
        },
        known_compounds=frozenset(
            name for name in compounds if counts[f"compound {name}"]
        ),
        found_codes=FoundCodes.from_typed(
            codes,
            count_products=lambda field, key: counts[f"{field} {key}"],
            count_prefixed=lambda key: counts[f"prefix {key}"],
        ),
    )
    corrections = _find_corrections(response, analyzed)
    return replace(analyzed, kind=_choose_kind(analyzed, phrases, counts)), corrections


def _build_kind_filters(
    phrases: Sequence[Sequence[QueryWord]], compounds: Sequence[str]
) -> dict[str, Json]:
    """Count where a word names the thing; of compounds only those of a phrase are asked for."""
    words = [word for phrase in phrases for word in phrase]
    parts = [part for word in words for part in list_kind_parts(word)]
    return {
        f"{field} {part}": build_text_query(part, field)
        for part in dict.fromkeys([*parts, *compounds])
        for field in COUNTED_FIELDS
    }


def _choose_kind(
    query: OpenSearchQuery,
    phrases: Sequence[Sequence[QueryWord]],
    counts: dict[str, int],
) -> AskedKind | None:
    if query.found_codes.exclusive:
        return None
    is_indexed = query.known_compounds.__contains__
    return choose_kind(
        (join_neighbors(words, is_indexed=is_indexed) for words in phrases),
        count_products=lambda field, part: counts[f"{field} {part}"],
    )


def _find_corrections(response: Json, query: OpenSearchQuery) -> dict[str, str]:
    """Corrections of the words that no product has, by the word as typed; a code is no
    mistake."""
    closest = {
        entry["text"]: Vocabulary(
            {option["text"]: option["freq"] for option in entry["options"]}
        ).find_closest(entry["text"])
        for entry in response["suggest"]["words"]
    }
    coded = query.found_codes.typed_words
    known = {part for word in query.rarities for part in word.parts}
    known |= {
        part
        for word in query.query_words
        if word.text in query.known_compounds
        for part in word.parts
    }
    return {
        typed: correction
        for typed in LETTERS.findall(" ".join(set(query.text.split()) - coded))
        for word in split_query(typed)
        if word.text not in known and (correction := closest.get(word.text))
    }


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


def _suggest_request(words: Sequence[QueryWord]) -> Json:
    """Request similar words of all products; `Vocabulary` chooses among them."""
    text = " ".join(part for word in words for part in word.parts)
    term = {
        "field": "text.words",
        "suggest_mode": "missing",
        "max_edits": 2,
        "prefix_length": 0,
        "min_word_length": 4,
        "size": 20,
    }
    return {"suggest": {"text": text, "words": {"term": term}}}
