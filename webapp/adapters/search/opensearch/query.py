"""Builds an OpenSearch query from a search text, by the same rules as the embedded engine:
every word, then all but one or two, then any (see `embedded/query.py`)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.adapters.search.normalization import (
    STOP_WORDS,
    code_key,
    is_distinctive,
    label_key,
    looks_like_code,
    looks_like_model,
    min_should_match,
)
from webapp.adapters.search.port import SearchFilters

Json = dict[str, Any]

MAX_WORDS = 24
WEIGHTS = {"text": 1.0, "name": 0.5, "attributes": 0.2}
ALL_WORDS_BONUS = 8.0
CODE_SCORE = 100.0

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class OpenSearchQuery:
    """A search text, and which of its words and codes are indexed."""

    text: str
    known_words: frozenset[str] = frozenset()
    """Words that some product has."""
    codes: tuple[str, ...] = ()
    """Codes in the text that some product has."""

    @property
    def candidate_codes(self) -> list[str]:
        keys = [code_key(part) for part in (*self.text.split(), self.text)]
        return [key for key in dict.fromkeys(keys) if looks_like_code(key)]

    @property
    def query_words(self) -> list[str]:
        words = [
            word
            for part in self.text.split()
            if code_key(part) not in self.codes
            for word in _WORD.findall(part.lower())
            if word not in STOP_WORDS
        ]
        return list(dict.fromkeys(words))[:MAX_WORDS]

    def build_relaxation_levels(self) -> Sequence[Json]:
        """Conditions that a product has to meet, each looser than the one before."""
        return [self._every_word(), *self._relaxed_levels()]

    def build_ranked_query(self, condition: Json) -> Json:
        """Products that meet the condition, ranked by relevance."""
        bonus = _constant_score(self._every_word(), ALL_WORDS_BONUS)
        scores = [bonus, *map(_match_word, self.query_words)]
        return {"bool": {"must": [_constant_score(condition, 0.0)], "should": scores}}

    def build_code_query(self) -> Json:
        coded = {"terms": {"codes": list(self.codes)}}
        return {
            "bool": {
                "must": [_constant_score(coded, CODE_SCORE)],
                "should": [_match_word(word) for word in self.query_words],
            }
        }

    def _every_word(self) -> Json:
        return {"bool": {"must": [_match_word(word) for word in self.query_words]}}

    def _relaxed_levels(self) -> Iterator[Json]:
        models = [
            w for w in self.query_words if looks_like_model(w) and w in self.known_words
        ]
        rest = [word for word in self.query_words if word not in models]
        distinctive = [word for word in rest if is_distinctive(word)] or rest
        for min_words in (min_should_match(len(self.query_words)), 1):
            min_matches = max(min_words - len(models), 0 if models else 1)
            yield {
                "bool": {
                    "must": [_match_word(word) for word in models],
                    "should": [_match_word(word) for word in distinctive],
                    "minimum_should_match": min(min_matches, len(distinctive)),
                }
            }


def build_any_field_query(word: str) -> Json:
    """Products that have the word in any field."""
    return {"multi_match": {"query": word, "fields": list(WEIGHTS)}}


def _match_word(word: str) -> Json:
    clauses = [
        {"match": {field: {"query": word, "boost": weight}}}
        for field, weight in WEIGHTS.items()
    ]
    return {"bool": {"should": clauses}}


def _constant_score(condition: Json, score: float) -> Json:
    return {"constant_score": {"filter": condition, "boost": score}}


def build_filter_query(filters: SearchFilters) -> Json:
    """All filters as one condition, met by every product when none is set."""
    return {"bool": {"filter": list(_filter_clauses(filters))}}


def _filter_clauses(filters: SearchFilters) -> Iterator[Json]:
    if filters.category is not None:
        yield {"term": {"category_key": label_key(filters.category)}}
    if filters.brand is not None:
        yield {"term": {"brand_key": label_key(filters.brand)}}
    limits = {"gte": filters.min_price, "lte": filters.max_price}
    bounds = {end: price for end, price in limits.items() if price is not None}
    if bounds:
        yield {"range": {"price": bounds}}
    if filters.in_stock is not None:
        yield {"term": {"in_stock": filters.in_stock}}
