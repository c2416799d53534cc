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

from webapp.suppliers.search.embedded.clauses import (
    all_of,
    any_of,
    count,
    term,
)
from webapp.suppliers.search.embedded.schema import STEMMED_ANALYSER
from webapp.suppliers.search.embedded.store import Reader
from webapp.suppliers.search.keys import (
    code_key,
    is_telling,
    looks_like_code,
    looks_like_model,
    most_of,
)

MAX_WORDS = 24
"""More than anyone types; each costs three look-ups in the index."""
ENOUGH = 10
"""Matches of every word, from which on no product that misses one is added."""
WEIGHTS = {"text": 1.0, "name": 0.5, "attributes": 0.2}
ALL_WORDS_BONUS = 8.0
CODE_SCORE = 100.0


@dataclass(frozen=True)
class Question:
    """What was typed, read against one state of the index."""

    reader: Reader
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
        terms = STEMMED_ANALYSER.analyze(" ".join(words))
        return list(dict.fromkeys(terms))[:MAX_WORDS]

    def matching(self) -> Query:
        """The products found, scored."""
        if not self.text.strip():
            return Query.all_query()
        if self.codes:
            return self._by_code()
        if not self.terms:
            return Query.empty_query()
        every_word = all_of(map(self._word, self.terms))
        found = Query.const_score_query(self._enough_of(every_word), 0.0)
        bonus = Query.const_score_query(every_word, ALL_WORDS_BONUS)
        scores = [bonus, *map(self._word, self.terms)]
        return Query.boolean_query(
            [(Occur.Must, found), *((Occur.Should, score) for score in scores)]
        )

    def highlighting(self) -> Query:
        """The words to mark, in the fields that are shown."""
        return any_of(
            term(self._schema, field, word)
            for word in STEMMED_ANALYSER.analyze(self.text)[:MAX_WORDS]
            for field in ("name", "description")
        )

    def _by_code(self) -> Query:
        coded = any_of(term(self._schema, "codes", key) for key in self.codes)
        clauses = [(Occur.Must, Query.const_score_query(coded, CODE_SCORE))]
        clauses += [(Occur.Should, self._word(word)) for word in self.terms]
        return Query.boolean_query(clauses)

    def _enough_of(self, every_word: Query) -> Query:
        """The products that match, loosened until there are enough."""
        found = every_word
        for looser in self._relaxed():
            if count(self._searcher, found) >= (1 if self.strict else ENOUGH):
                break
            found = looser
        return found

    def _relaxed(self) -> Iterator[Query]:
        """The question without a word or two, then with any word. What names a model, as
        `2110`, is never left out, and nothing is found for `a` or `4` alone."""
        models = [
            word
            for word in self.terms
            if looks_like_model(word) and self._is_known(word)
        ]
        rest = [word for word in self.terms if word not in models]
        telling = [word for word in rest if is_telling(word)]
        for needed in (most_of(len(self.terms)), 1):
            clauses = [(Occur.Must, self._word(word)) for word in models]
            clauses += [(Occur.Should, self._word(word)) for word in telling or rest]
            least = max(needed - len(models), 0 if models else 1)
            yield Query.boolean_query(clauses, min(least, len(telling or rest)))

    def _word(self, word: str) -> Query:
        return any_of(
            Query.boost_query(term(self._schema, field, word), weight)
            for field, weight in WEIGHTS.items()
        )

    def _is_known(self, word: str) -> bool:
        return any(self._searcher.doc_freq(field, word) for field in WEIGHTS)

    def _is_code(self, key: str) -> bool:
        return looks_like_code(key) and self._searcher.doc_freq("codes", key) > 0

    @property
    def _searcher(self) -> Searcher:
        return self.reader.searcher

    @property
    def _schema(self) -> Schema:
        return self.reader.schema
