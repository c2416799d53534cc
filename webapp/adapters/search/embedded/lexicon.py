"""The words and labels of the whole index, read once and kept for a while."""

from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from time import monotonic

from webapp.adapters.search.embedded.facets import count_facet_values
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.port import FacetValue
from webapp.adapters.search.spelling import Vocabulary

KEPT_SECONDS = 30
"""Reading the words of 20,000 products costs 0.1 s, so not after every change: a new word
may wait this long to be suggested for a mistyped one. It is found at once."""


@dataclass(frozen=True)
class Lexicon:
    """Of one state of the index."""

    reader: IndexSnapshot

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(dict(self.reader.searcher.terms_with_prefix("words", "")))

    @cached_property
    def categories(self) -> tuple[FacetValue, ...]:
        return count_facet_values(self.reader, "category")

    @cached_property
    def brands(self) -> tuple[FacetValue, ...]:
        return count_facet_values(self.reader, "brand")


class LexiconCache:
    """Keeps one lexicon; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: Lexicon | None = None
        self._since = 0.0

    def get(self, reader: IndexSnapshot) -> Lexicon:
        with self._lock:
            kept = self._kept
            same = kept is not None and kept.reader.revision == reader.revision
            if kept is None or (not same and monotonic() - self._since > KEPT_SECONDS):
                kept = self._kept = Lexicon(reader)
                self._since = monotonic()
            return kept
