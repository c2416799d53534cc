"""From what a customer typed to OpenSearch's query language, by the same rules as the
embedded engine: every word, then all but one or two, then any (see its `question`)."""

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
    """What was typed, and what the index said of it."""

    text: str
    known_words: frozenset[str] = frozenset()
    """Words that some product has."""
    codes: tuple[str, ...] = ()
    """Codes among it that some product has."""

    @property
    def candidate_codes(self) -> list[str]:
        keys = [code_key(part) for part in (*self.text.split(), self.text)]
        return [key for key in dict.fromkeys(keys) if looks_like_code(key)]

    @property
    def words(self) -> list[str]:
        words = [
            word
            for part in self.text.split()
            if code_key(part) not in self.codes
            for word in _WORD.findall(part.lower())
            if word not in STOP_WORDS
        ]
        return list(dict.fromkeys(words))[:MAX_WORDS]

    def build_relaxation_levels(self) -> Sequence[Json]:
        """Ever looser conditions that a product has to meet."""
        return [self._every_word(), *self._relaxed()]

    def build_ranked_query(self, found: Json) -> Json:
        """What meets the condition, in order of relevance."""
        bonus = _constant(self._every_word(), ALL_WORDS_BONUS)
        scores = [bonus, *map(_word, self.words)]
        return {"bool": {"must": [_constant(found, 0.0)], "should": scores}}

    def build_code_query(self) -> Json:
        coded = {"terms": {"codes": list(self.codes)}}
        return {
            "bool": {
                "must": [_constant(coded, CODE_SCORE)],
                "should": [_word(word) for word in self.words],
            }
        }

    def _every_word(self) -> Json:
        return {"bool": {"must": [_word(word) for word in self.words]}}

    def _relaxed(self) -> Iterator[Json]:
        models = [
            w for w in self.words if looks_like_model(w) and w in self.known_words
        ]
        rest = [word for word in self.words if word not in models]
        telling = [word for word in rest if is_distinctive(word)] or rest
        for needed in (min_should_match(len(self.words)), 1):
            least = max(needed - len(models), 0 if models else 1)
            yield {
                "bool": {
                    "must": [_word(word) for word in models],
                    "should": [_word(word) for word in telling],
                    "minimum_should_match": min(least, len(telling)),
                }
            }


def build_any_field_query(word: str) -> Json:
    """Products that have the word anywhere."""
    return {"multi_match": {"query": word, "fields": list(WEIGHTS)}}


def _word(word: str) -> Json:
    matches = [
        {"match": {field: {"query": word, "boost": weight}}}
        for field, weight in WEIGHTS.items()
    ]
    return {"bool": {"should": matches}}


def _constant(condition: Json, score: float) -> Json:
    return {"constant_score": {"filter": condition, "boost": score}}


def build_filter_query(filters: SearchFilters) -> Json:
    """The filters as one condition, met by everything when none is set."""
    return {"bool": {"filter": list(_each(filters))}}


def _each(filters: SearchFilters) -> Iterator[Json]:
    if filters.category is not None:
        yield {"term": {"category_key": label_key(filters.category)}}
    if filters.brand is not None:
        yield {"term": {"brand_key": label_key(filters.brand)}}
    prices = {"gte": filters.min_price, "lte": filters.max_price}
    given = {end: price for end, price in prices.items() if price is not None}
    if given:
        yield {"range": {"price": given}}
    if filters.in_stock is not None:
        yield {"term": {"in_stock": filters.in_stock}}
