"""From what a customer typed to a tantivy query: which products match, in which order.

A product matches that has every word. When fewer than a page do, products that miss a word
follow them, then products that have any: better a near miss than an empty page. A word is
looked for in the text of the product and in its attributes; the figures behind the weights
are printed by `tests/bench/search.py`.
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
"""More than anyone types; each costs five look-ups in the index."""
MIN_STRICT_MATCHES = 10
"""Matches of every word, from which on no product that misses one is added."""
ANYWHERE = ("text", "attributes")
"""The fields that have every word between them: a name is part of the text."""
WEIGHTS = {"text": 1.0, "name": 0.5, "attributes": 0.2}
ALL_WORDS_BONUS = 8.0
CODE_SCORE = 100.0


def is_indexed_term(searcher: Searcher, term: str) -> bool:
    """Whether some product has the word, given as the index has it: folded and stemmed."""
    return any(searcher.doc_freq(field, term) for field in ANYWHERE)


@dataclass(frozen=True)
class EmbeddedQuery:
    """What was typed, read against one state of the index."""

    snapshot: IndexSnapshot
    text: str
    strict: bool = False
    """Every word or nothing, unless nothing has them all: for lists that are sorted by
    something else than relevance, where a near miss would come first."""

    @cached_property
    def codes(self) -> list[str]:
        """What was typed that is the code of a product, as `006R90321`."""
        keys = [code_key(part) for part in (*self.text.split(), self.text)]
        return [key for key in dict.fromkeys(keys) if self._is_code(key)]

    @cached_property
    def terms(self) -> list[str]:
        """The words as the index has them: folded, stemmed, without `the` and `for`."""
        words = [part for part in self.text.split() if code_key(part) not in self.codes]
        terms = STEMMED_ANALYZER.analyze(" ".join(words))
        return list(dict.fromkeys(terms))[:MAX_WORDS]

    @property
    def matching_query(self) -> Query:
        """The products that match, to be counted: without scores, at half the cost."""
        return Query.const_score_query(self._matching, 0.0)

    def build_ranked_query(self) -> Query:
        """The products that match, to be ranked. The bonus for every word is looked up a
        second time only where products without it are among them."""
        scores = [
            Query.boost_query(term_query(self._schema, field, word), weight)
            for word in self.terms
            for field, weight in WEIGHTS.items()
        ]
        every_word = Query.const_score_query(self._every_word, ALL_WORDS_BONUS)
        if self.codes:
            found = Query.const_score_query(self._matching, CODE_SCORE)
        elif self._matching is self._every_word:
            found = every_word
        else:
            found = self.matching_query
            scores.append(every_word)
        return Query.boolean_query(
            [(Occur.Must, found), *((Occur.Should, score) for score in scores)]
        )

    def build_highlight_query(self) -> Query:
        """The words to mark, in the fields that are shown."""
        return any_of(
            term_query(self._schema, field, word)
            for word in STEMMED_ANALYZER.analyze(self.text)[:MAX_WORDS]
            for field in ("name", "description")
        )

    @cached_property
    def _matching(self) -> Query:
        """Loosened until there are enough."""
        if not self.text.strip():
            return Query.all_query()
        if self.codes:
            return any_of(term_query(self._schema, "codes", key) for key in self.codes)
        if not self.terms:
            return Query.empty_query()
        found = self._every_word
        for looser in self._relaxed():
            if count_matches(self._searcher, found) >= (
                1 if self.strict else MIN_STRICT_MATCHES
            ):
                break
            found = looser
        return found

    @cached_property
    def _every_word(self) -> Query:
        return all_of(map(self._has, self.terms))

    def _relaxed(self) -> Iterator[Query]:
        """The question without a word or two, then with any word. What names a model, as
        `2110`, is never left out, and nothing is found for `a` or `4` alone."""
        models = [
            word
            for word in self.terms
            if looks_like_model(word) and is_indexed_term(self._searcher, word)
        ]
        rest = [word for word in self.terms if word not in models]
        telling = [word for word in rest if is_distinctive(word)]
        for needed in (min_should_match(len(self.terms)), 1):
            clauses = [(Occur.Must, self._has(word)) for word in models]
            clauses += [(Occur.Should, self._has(word)) for word in telling or rest]
            least = max(needed - len(models), 0 if models else 1)
            yield Query.boolean_query(clauses, min(least, len(telling or rest)))

    def _has(self, word: str) -> Query:
        return any_of(term_query(self._schema, field, word) for field in ANYWHERE)

    def _is_code(self, key: str) -> bool:
        return looks_like_code(key) and self._searcher.doc_freq("codes", key) > 0

    @property
    def _searcher(self) -> Searcher:
        return self.snapshot.searcher

    @property
    def _schema(self) -> Schema:
        return self.snapshot.schema
