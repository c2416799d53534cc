"""Words and labels of the whole index, read once and cached."""

from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from time import monotonic

from webapp.adapters.search.embedded.facets import count_facet_values
from webapp.adapters.search.embedded.store import IndexSnapshot
from webapp.adapters.search.port import FacetValue
from webapp.adapters.search.spelling import Vocabulary

MIN_REFRESH_INTERVAL_S = 30
"""Reading the words of 20,000 products takes 0.1 s, so it is not done after every change: a
new word may take this long to be offered as a correction. Searches find it at once."""


@dataclass(frozen=True)
class Lexicon:
    """Words and labels of one index snapshot."""

    snapshot: IndexSnapshot

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary(dict(self.snapshot.searcher.terms_with_prefix("words", "")))

    @cached_property
    def categories(self) -> tuple[FacetValue, ...]:
        return count_facet_values(self.snapshot, "category")

    @cached_property
    def brands(self) -> tuple[FacetValue, ...]:
        return count_facet_values(self.snapshot, "brand")


class LexiconCache:
    """Caches one lexicon; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cached: Lexicon | None = None
        self._loaded_at = 0.0

    def get(self, snapshot: IndexSnapshot) -> Lexicon:
        with self._lock:
            cached = self._cached
            is_current = (
                cached is not None and cached.snapshot.revision == snapshot.revision
            )
            if cached is None or (
                not is_current
                and monotonic() - self._loaded_at > MIN_REFRESH_INTERVAL_S
            ):
                cached = self._cached = Lexicon(snapshot)
                self._loaded_at = monotonic()
            return cached
