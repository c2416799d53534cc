"""Builds a tantivy query from a search text: which products match, and their ranking.

A product that has every word matches. When fewer than `MIN_STRICT_MATCHES` do, products
that lack a word are added, then products that have any: a near miss is better than an empty
page. Words are matched in the text of the product and in its attributes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from uuid import UUID

from tantivy import FieldType, Occur, Query, Schema, Searcher

from webapp.adapters.search.analysis import QueryWord, join_neighbors, split_query
from webapp.adapters.search.codes import FoundCodes, list_typed_codes
from webapp.adapters.search.embedded.clauses import (
    all_of,
    any_of,
    count_matches,
    prefix_query,
    term_query,
)
from webapp.adapters.search.embedded.schema import STEMMED_ANALYZER
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.explanations import (
    EVERY_WORD,
    IN_STOCK,
    KIND_REASONS,
    MEANING,
    PINNED,
    SOLD,
)
from webapp.adapters.search.kinds import (
    AskedKind,
    KindForm,
    choose_kind,
    list_kind_scores,
    split_phrases,
)
from webapp.adapters.search.normalization import (
    ALL_WORDS_BONUS,
    IN_STOCK_BONUS,
    MAX_WORDS,
    MIN_STRICT_MATCHES,
    POPULARITY_BONUS,
    POPULARITY_LEVELS,
    SEARCHED_FIELDS,
    WEIGHTS,
    NearGroup,
    compute_rarity,
    group_near,
    iter_relaxations,
    iter_weighted_parts,
    list_pins,
)
from webapp.adapters.search.port import NearProducts
from webapp.adapters.search.same_words import Synonyms


def is_indexed_word(searcher: Searcher, word: QueryWord) -> bool:
    """Whether some product has the word, in any of its forms."""
    return any(
        all(
            any(searcher.doc_freq(field, term) for field in SEARCHED_FIELDS)
            for part in form
            for term in STEMMED_ANALYZER.analyze(part)
        )
        for form in word.all_forms
    )


@dataclass(frozen=True)
class EmbeddedQuery:
    """A search text, analyzed against one snapshot of the index."""

    snapshot: IndexSnapshot
    text: str
    near: NearProducts = ()
    """What is near in meaning: it matches beside what has the words."""
    synonyms: Synonyms | None = None
    pinned: tuple[UUID, ...] = ()
    strict: bool = False
    """Only products that have every word, unless there is none: for lists that are not
    sorted by relevance, where a near miss could come first."""

    @cached_property
    def found_codes(self) -> FoundCodes:
        return FoundCodes.from_typed(
            list_typed_codes(self.text),
            count_products=self._searcher.doc_freq,
            count_prefixed=lambda key: count_matches(
                self._searcher, prefix_query(self._schema, "codes", key)
            ),
        )

    @cached_property
    def query_words(self) -> list[QueryWord]:
        words = self.found_codes.split_other_words(self.text, self.synonyms)
        words = words[:MAX_WORDS]
        return join_neighbors(words, is_indexed=self._is_in_text)

    @cached_property
    def matching_query(self) -> Query:
        """The matching products for counting: without scores, at half the cost."""
        near = [clause for clause, group in self._near if group.is_joining]
        if self.pinned:
            near.append(self._are_among([str(each) for each in self.pinned]))
        matching = any_of([self._matching, *near]) if near else self._matching
        return Query.const_score_query(matching, 0.0)

    def build_ranked_query(self) -> Query:
        """The matching products with scores for ranking. The bonus for having every word is
        looked up a second time only if products without it match, too."""
        scores = [score for _, score in self._iter_scores()]
        every_word = self._score_every_word()
        are_exact = self._matching is self._every_word and not self._is_joined
        if are_exact and not self.found_codes:
            query = every_word
        else:
            query = self.matching_query
            scores.append(every_word)
        return Query.boolean_query(
            [(Occur.Must, query), *((Occur.Should, score) for score in scores)]
        )

    def list_scores(self) -> list[tuple[str, Query]]:
        """All that the score of a product is the sum of, with its reason."""
        scores = list(self._iter_scores())
        if self.query_words:
            scores.append((EVERY_WORD, self._score_every_word()))
        return scores

    def _iter_scores(self) -> Iterator[tuple[str, Query]]:
        for word in self.query_words:
            for part, share in iter_weighted_parts(word):
                for term in STEMMED_ANALYZER.analyze(part):
                    for field, weight in WEIGHTS.items():
                        query = term_query(self._schema, field, term)
                        yield (
                            f"{term} in {field}",
                            Query.boost_query(query, weight * share),
                        )
        yield from self._iter_priors()
        for product_id, score in list_pins(self.pinned):
            query = self._are_among([product_id])
            yield PINNED, Query.const_score_query(query, score)
        for clause, group in self._near:
            yield MEANING, Query.const_score_query(clause, group.score)
        for field, key, score in self.found_codes.list_scores():
            query = term_query(self._schema, field, key)
            yield f"code {key}", Query.const_score_query(query, score)

    def _score_every_word(self) -> Query:
        return Query.const_score_query(self._every_word, ALL_WORDS_BONUS)

    @property
    def exact_query(self) -> Query | None:
        """What has every word, or one of the codes; none where that is all that matches."""
        if self.found_codes.exclusive or not self.query_words:
            return None
        if self._matching_words is self._every_word and not self._is_joined:
            return None
        coded = self._iter_code_matches(self.found_codes.shown)
        return Query.const_score_query(any_of([*coded, self._every_word]), 0.0)

    def build_highlight_query(self) -> Query:
        """The words to highlight, in the displayed fields."""
        words = split_query(self.text, self.synonyms)
        parts = [part for word in words for part, _ in iter_weighted_parts(word)]
        return any_of(
            term_query(self._schema, field, term)
            for term in STEMMED_ANALYZER.analyze(" ".join(parts))[:MAX_WORDS]
            for field in ("name", "description")
        )

    @cached_property
    def _near(self) -> list[tuple[Query, NearGroup]]:
        """A code that was typed means nothing else."""
        if not self.near or self.found_codes.mean_all(self.text):
            return []
        groups = group_near(
            self.near,
            has_exact=self._exact_count > 0,
            rarities=map(self._compute_rarity, self.query_words),
        )
        return [(self._are_among(each.ids), each) for each in groups]

    @property
    def _is_joined(self) -> bool:
        """Whether products match that need not have the words."""
        return bool(self.pinned) or any(group.is_joining for _, group in self._near)

    @cached_property
    def _exact_count(self) -> int:
        """Of the products that have every word, whatever the filters are."""
        if not self.query_words:
            return 0
        return count_matches(self._searcher, self._every_word)

    def _compute_rarity(self, word: QueryWord) -> float:
        """Of its rarest form that some product has."""
        return max(
            compute_rarity(count, self._searcher.num_docs)
            for part in word.parts
            for count in [self._count_products("text", part)]
        )

    def _are_among(self, ids: list[str]) -> Query:
        """A set of terms would look through all terms, at ten times the cost."""
        return any_of(term_query(self._schema, "id", each) for each in ids)

    @cached_property
    def kind(self) -> AskedKind | None:
        """The word that says what thing is asked for."""
        if self.found_codes.exclusive:
            return None
        phrases = (
            join_neighbors(words, is_indexed=self._is_in_text)
            for words in split_phrases(self.text, self.synonyms)
        )
        return choose_kind(phrases, count_products=self._count_products)

    @cached_property
    def _matching(self) -> Query:
        if not self.text.strip():
            return Query.all_query()
        found = self.found_codes
        if not found:
            return self._matching_words
        matches = list(self._iter_code_matches(found.shown))
        return any_of(matches if found.exclusive else [*matches, self._matching_words])

    @cached_property
    def _matching_words(self) -> Query:
        """Relaxed until enough products match."""
        if not self.query_words:
            return Query.empty_query()
        min_matches = 1 if self.strict else MIN_STRICT_MATCHES
        query, count = self._every_word, self._exact_count
        for relaxed in self._relaxed_queries():
            if count >= min_matches:
                break
            query, count = relaxed, count_matches(self._searcher, relaxed)
        return query

    @cached_property
    def _every_word(self) -> Query:
        return all_of(map(self._contains, self.query_words))

    def _relaxed_queries(self) -> Iterator[Query]:
        is_indexed = partial(is_indexed_word, self._searcher)
        for level in iter_relaxations(self.query_words, is_indexed=is_indexed):
            clauses = [(Occur.Must, self._contains(word)) for word in level.required]
            clauses += [(Occur.Should, self._contains(word)) for word in level.optional]
            yield Query.boolean_query(clauses, level.min_optional)

    def _contains(self, word: QueryWord) -> Query:
        forms = [self._contains_form(form) for form in word.all_forms]
        return forms[0] if len(forms) == 1 else any_of(forms)

    def _contains_form(self, form: tuple[str, ...]) -> Query:
        terms = STEMMED_ANALYZER.analyze(" ".join(form))
        found = [
            any_of(
                term_query(self._schema, field, term)
                for field in SEARCHED_FIELDS
                if self._searcher.doc_freq(field, term)
            )
            for term in terms
        ]
        return found[0] if len(found) == 1 else all_of(found)

    def _iter_code_matches(self, found: FoundCodes) -> Iterator[Query]:
        for code in found.codes:
            yield term_query(self._schema, "codes", code.key)
        for code in found.parts:
            yield term_query(self._schema, "code_parts", code.key)
        for code in found.prefixes:
            yield prefix_query(self._schema, "codes", code.key)

    def _is_in_text(self, word: str) -> bool:
        return any(
            self._searcher.doc_freq("text", term)
            for term in STEMMED_ANALYZER.analyze(word)
        )

    def _count_products(self, field: str, word: str) -> int:
        terms = STEMMED_ANALYZER.analyze(word)
        return sum(self._searcher.doc_freq(field, term) for term in terms)

    def _has_kind(self, forms: Sequence[KindForm], field: str) -> Query:
        return any_of(
            all_of(
                [
                    term_query(self._schema, field, term),
                    *(
                        term_query(self._schema, "text", other)
                        for other in STEMMED_ANALYZER.analyze(" ".join(others))
                    ),
                ]
            )
            for others, part in forms
            for term in STEMMED_ANALYZER.analyze(part)
        )

    def _iter_priors(self) -> Iterator[tuple[str, Query]]:
        """Scores of what a product is, whichever words it has."""
        if self.kind:
            for field, forms, score in list_kind_scores(self.kind):
                of_kind = self._has_kind(forms, field)
                yield KIND_REASONS[field], Query.const_score_query(of_kind, score)
        in_stock = term_query(self._schema, "in_stock", True)
        yield IN_STOCK, Query.const_score_query(in_stock, IN_STOCK_BONUS)
        for level in POPULARITY_LEVELS:
            sold = Query.range_query(
                self._schema, "popularity", FieldType.Integer, level, None
            )
            yield SOLD, Query.const_score_query(sold, POPULARITY_BONUS)

    @property
    def _searcher(self) -> Searcher:
        return self.snapshot.searcher

    @property
    def _schema(self) -> Schema:
        return self.snapshot.schema
