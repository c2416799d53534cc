"""Builds a tantivy query from a search text: which products match, and their ranking.

A product that has every word matches. When fewer than `MIN_STRICT_MATCHES` do, products
that lack a word are added, then products that have any: a near miss is better than an empty
page. Words are matched in the text of the product and in its attributes; the figures behind
the weights are printed by `tests/eval/search.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tantivy import Occur, Query, Schema, Searcher

from webapp.adapters.search.embedded.clauses import (
    all_of,
    any_of,
    count_matches,
    term_query,
)
from webapp.adapters.search.embedded.schema import STEMMED_ANALYZER
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.normalization import (
    code_key,
    is_distinctive,
    looks_like_code,
    looks_like_model,
    min_should_match,
)

MAX_WORDS = 24
"""More than a customer types; each word costs five lookups in the index."""
MIN_STRICT_MATCHES = 10
"""With this many matches of every word, no product that lacks a word is added."""
SEARCHED_FIELDS = ("text", "attributes")
"""Together they contain every word of a product: its name is part of `text`."""
WEIGHTS = {"text": 1.0, "name": 0.5, "attributes": 0.2}
ALL_WORDS_BONUS = 8.0
CODE_SCORE = 100.0


def is_indexed_term(searcher: Searcher, term: str) -> bool:
    """Whether some product has the term, given in indexed form: folded and stemmed."""
    return any(searcher.doc_freq(field, term) for field in SEARCHED_FIELDS)


@dataclass(frozen=True)
class EmbeddedQuery:
    """A search text, analyzed against one snapshot of the index."""

    snapshot: IndexSnapshot
    text: str
    strict: bool = False
    """Only products that have every word, unless there is none: for lists that are not
    sorted by relevance, where a near miss could come first."""

    @cached_property
    def codes(self) -> list[str]:
        """Parts of the text that are the code of a product, such as `006R90321`."""
        keys = [code_key(part) for part in (*self.text.split(), self.text)]
        return [key for key in dict.fromkeys(keys) if self._is_code(key)]

    @cached_property
    def terms(self) -> list[str]:
        """Words in indexed form: folded, stemmed, without stop words."""
        words = [part for part in self.text.split() if code_key(part) not in self.codes]
        terms = STEMMED_ANALYZER.analyze(" ".join(words))
        return list(dict.fromkeys(terms))[:MAX_WORDS]

    @property
    def matching_query(self) -> Query:
        """The matching products for counting: without scores, at half the cost."""
        return Query.const_score_query(self._matching, 0.0)

    def build_ranked_query(self) -> Query:
        """The matching products with scores for ranking. The bonus for having every word is
        looked up a second time only if products without it match, too."""
        scores = [
            Query.boost_query(term_query(self._schema, field, word), weight)
            for word in self.terms
            for field, weight in WEIGHTS.items()
        ]
        every_word = Query.const_score_query(self._every_word, ALL_WORDS_BONUS)
        if self.codes:
            query = Query.const_score_query(self._matching, CODE_SCORE)
        elif self._matching is self._every_word:
            query = every_word
        else:
            query = self.matching_query
            scores.append(every_word)
        return Query.boolean_query(
            [(Occur.Must, query), *((Occur.Should, score) for score in scores)]
        )

    def build_highlight_query(self) -> Query:
        """The words to highlight, in the displayed fields."""
        return any_of(
            term_query(self._schema, field, word)
            for word in STEMMED_ANALYZER.analyze(self.text)[:MAX_WORDS]
            for field in ("name", "description")
        )

    @cached_property
    def _matching(self) -> Query:
        """Relaxed until enough products match."""
        if not self.text.strip():
            return Query.all_query()
        if self.codes:
            return any_of(term_query(self._schema, "codes", key) for key in self.codes)
        if not self.terms:
            return Query.empty_query()
        query = self._every_word
        for relaxed in self._relaxed_queries():
            if count_matches(self._searcher, query) >= (
                1 if self.strict else MIN_STRICT_MATCHES
            ):
                break
            query = relaxed
        return query

    @cached_property
    def _every_word(self) -> Query:
        return all_of(map(self._contains, self.terms))

    def _relaxed_queries(self) -> Iterator[Query]:
        """The query without a word or two, then with any word. Model numbers such as `2110`
        are never dropped, and `a` or `4` alone matches nothing."""
        models = [
            word
            for word in self.terms
            if looks_like_model(word) and is_indexed_term(self._searcher, word)
        ]
        rest = [word for word in self.terms if word not in models]
        distinctive = [word for word in rest if is_distinctive(word)]
        for min_words in (min_should_match(len(self.terms)), 1):
            clauses = [(Occur.Must, self._contains(word)) for word in models]
            clauses += [
                (Occur.Should, self._contains(word)) for word in distinctive or rest
            ]
            min_matches = max(min_words - len(models), 0 if models else 1)
            yield Query.boolean_query(
                clauses, min(min_matches, len(distinctive or rest))
            )

    def _contains(self, word: str) -> Query:
        return any_of(
            term_query(self._schema, field, word) for field in SEARCHED_FIELDS
        )

    def _is_code(self, key: str) -> bool:
        return looks_like_code(key) and self._searcher.doc_freq("codes", key) > 0

    @property
    def _searcher(self) -> Searcher:
        return self.snapshot.searcher

    @property
    def _schema(self) -> Schema:
        return self.snapshot.schema
