"""Builds an OpenSearch query from a search text, by the same rules as the embedded engine:
every word, then all but one or two, then any (see `embedded/query.py`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from webapp.adapters.search.analysis import QueryWord, join_neighbors, split_query
from webapp.adapters.search.codes import NO_CODES, FoundCodes
from webapp.adapters.search.explanations import (
    EVERY_WORD,
    IN_STOCK,
    KIND_REASONS,
    MEANING,
    PINNED,
    SOLD,
)
from webapp.adapters.search.kinds import AskedKind, KindForm, list_kind_scores
from webapp.adapters.search.normalization import (
    ALL_WORDS_BONUS,
    IN_STOCK_BONUS,
    MAX_WORDS,
    POPULARITY_BONUS,
    POPULARITY_LEVELS,
    SEARCHED_FIELDS,
    WEIGHTS,
    NearGroup,
    group_near,
    iter_relaxations,
    iter_weighted_parts,
    list_pins,
)
from webapp.adapters.search.port import NearProducts, SearchFilters
from webapp.adapters.search.same_words import Synonyms
from webapp.adapters.search.sizes import encode_range
from webapp.kit.text import label_key

Json = dict[str, Any]


@dataclass(frozen=True)
class OpenSearchQuery:
    """A search text, and which of its words and codes are indexed."""

    text: str
    rarities: Mapping[QueryWord, float] = field(default_factory=dict)
    """Of the words that some product has."""
    known_compounds: frozenset[str] = frozenset()
    """Of two neighboring words, those that some product has as one."""
    found_codes: FoundCodes = NO_CODES
    kind: AskedKind | None = None
    """The word that says what thing is asked for."""
    near: NearProducts = ()
    """What is near in meaning: it matches beside what has the words."""
    synonyms: Synonyms | None = None
    pinned: tuple[UUID, ...] = ()

    @cached_property
    def query_words(self) -> list[QueryWord]:
        words = self.found_codes.split_other_words(self.text, self.synonyms)
        words = words[:MAX_WORDS]
        return join_neighbors(words, is_indexed=self.known_compounds.__contains__)

    def build_relaxation_levels(self) -> Sequence[Json]:
        """Conditions that a product has to meet, each looser than the one before."""
        return [self._every_word(), *self._relaxed_levels()]

    def build_exact_condition(self) -> Json | None:
        """What has every word, or one of the codes; none where that is all that matches."""
        if self.found_codes.exclusive or not self.query_words:
            return None
        coded = _list_code_conditions(self.found_codes.shown)
        return {"bool": {"should": [*coded, self._every_word()]}}

    def build_ranked_query(self, condition: Json | None, *, has_exact: bool) -> Json:
        """Products that meet the condition, and those of the codes, ranked by relevance.
        `has_exact` says whether some product has every word."""
        conditions = [] if condition is None else [condition]
        conditions += _list_code_conditions(self.found_codes.shown)
        near = self._group_near(has_exact=has_exact)
        conditions += [_are_among(each.ids) for each in near if each.is_joining]
        if self.pinned:
            conditions.append(_are_among([str(each) for each in self.pinned]))
        scores = [score for _, score in self.list_scores(has_exact=has_exact)]
        matching = {"bool": {"should": conditions}}
        return {"bool": {"must": [_constant_score(matching, 0.0)], "should": scores}}

    def list_scores(self, *, has_exact: bool) -> list[tuple[str, Json]]:
        """All that the score of a product is the sum of, with its reason."""
        scores = [
            *(score for word in self.query_words for score in _iter_word_scores(word)),
            *self._iter_code_scores(),
            *self._iter_priors(),
        ]
        for group in self._group_near(has_exact=has_exact):
            is_near = _constant_score(_are_among(group.ids), group.score)
            scores.append((MEANING, is_near))
        for product_id, score in list_pins(self.pinned):
            scores.append((PINNED, _constant_score(_are_among([product_id]), score)))
        if self.query_words:
            every_word = _constant_score(self._every_word(), ALL_WORDS_BONUS)
            scores.append((EVERY_WORD, every_word))
        return scores

    def _group_near(self, *, has_exact: bool) -> list[NearGroup]:
        """A code that was typed means nothing else."""
        if not self.near or self.found_codes.mean_all(self.text):
            return []
        rarities = [self.rarities.get(word, 0.0) for word in self.query_words]
        return group_near(self.near, has_exact=has_exact, rarities=rarities)

    def _iter_code_scores(self) -> Iterator[tuple[str, Json]]:
        for name, key, score in self.found_codes.list_scores():
            yield f"code {key}", _constant_score(build_code_query(name, key), score)

    def _iter_priors(self) -> Iterator[tuple[str, Json]]:
        """Scores of what a product is, whichever words it has."""
        if self.kind:
            for name, forms, score in list_kind_scores(self.kind):
                yield KIND_REASONS[name], _constant_score(_has_kind(forms, name), score)
        yield IN_STOCK, _constant_score({"term": {"in_stock": True}}, IN_STOCK_BONUS)
        for level in POPULARITY_LEVELS:
            is_sold = {"range": {"popularity": {"gte": level}}}
            yield SOLD, _constant_score(is_sold, POPULARITY_BONUS)

    def _every_word(self) -> Json:
        return {
            "bool": {"filter": [build_word_query(word) for word in self.query_words]}
        }

    def _relaxed_levels(self) -> Iterator[Json]:
        levels = iter_relaxations(
            self.query_words, is_indexed=self.rarities.__contains__
        )
        for level in levels:
            yield {
                "bool": {
                    "must": [build_word_query(word) for word in level.required],
                    "should": [build_word_query(word) for word in level.optional],
                    "minimum_should_match": level.min_optional,
                }
            }


def build_word_query(word: QueryWord) -> Json:
    """Products that have the word in one of its forms."""
    forms = [
        {"bool": {"must": [_has_part(part) for part in form]}}
        for form in word.all_forms
    ]
    return {"bool": {"should": forms}}


def _has_part(part: str) -> Json:
    return {"bool": {"should": [{"match": {field: part}} for field in SEARCHED_FIELDS]}}


def _has_kind(forms: Sequence[KindForm], field: str) -> Json:
    clauses = [
        {
            "bool": {
                "filter": [
                    build_text_query(part, field),
                    *map(build_text_query, others),
                ]
            }
        }
        for others, part in forms
    ]
    return {"bool": {"should": clauses}}


def _iter_word_scores(word: QueryWord) -> Iterator[tuple[str, Json]]:
    for part, share in iter_weighted_parts(word):
        for name, weight in WEIGHTS.items():
            boosted = {"query": part, "boost": weight * share}
            yield f"{part} in {name}", {"match": {name: boosted}}


def _list_code_conditions(found: FoundCodes) -> list[Json]:
    return [
        *(build_code_query("codes", code.key) for code in found.codes),
        *(build_code_query("code_parts", code.key) for code in found.parts),
        *(build_prefix_query(code.key) for code in found.prefixes),
    ]


def _are_among(ids: Sequence[str]) -> Json:
    return {"terms": {"id": ids}}


def build_text_query(word: str, field: str = "text") -> Json:
    """Products that have a word in a field."""
    return {"match": {field: word}}


def build_code_query(field: str, key: str) -> Json:
    return {"term": {field: key}}


def build_prefix_query(key: str) -> Json:
    """Products with a code that begins with the key."""
    return {"prefix": {"codes": key}}


def _constant_score(condition: Json, score: float) -> Json:
    return {"constant_score": {"filter": condition, "boost": score}}


def build_filter_query(filters: SearchFilters) -> Json:
    """All filters as one condition, met by every product when none is set."""
    condition: Json = {"filter": list(_filter_clauses(filters))}
    excluded = list(map(_states_words, filters.without))
    if filters.hidden:
        excluded.append(_are_among([str(each) for each in filters.hidden]))
    if excluded:
        condition["must_not"] = excluded
    return {"bool": condition}


def _states_words(text: str) -> Json:
    """Products that say of themselves that they have all of the words."""
    words = split_query(text)
    if not words:
        return {"match_none": {}}
    return {"bool": {"filter": [_states_word(word) for word in words]}}


def _states_word(word: QueryWord) -> Json:
    forms = [
        {"bool": {"filter": [{"match": {"stated": part}} for part in form]}}
        for form in word.all_forms
    ]
    return {"bool": {"should": forms}}


def _filter_clauses(filters: SearchFilters) -> Iterator[Json]:
    labels = {"category_key": filters.categories, "brand_key": filters.brands}
    for name, wanted in labels.items():
        if wanted:
            yield {"terms": {name: list(map(label_key, wanted))}}
    limits = {"gte": filters.min_price, "lte": filters.max_price}
    bounds = {end: price for end, price in limits.items() if price is not None}
    if bounds:
        yield {"range": {"price": bounds}}
    for sizes in filters.sizes:
        low, high = encode_range(sizes)
        yield {"range": {"sizes": {"gte": low, "lte": high}}}
    if filters.in_stock is not None:
        yield {"term": {"in_stock": filters.in_stock}}
