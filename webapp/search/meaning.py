"""Products near in meaning to a search text: "my back hurts" finds the chair for it.

The text is embedded by one process for all (`runtime.query_embedder`); where it does not answer
in time, the search goes by words alone.
"""

from dataclasses import dataclass
from typing import Self

from webapp.adapters.embeddings.port import Vectors
from webapp.adapters.query_embeddings.port import QueryEmbedder
from webapp.adapters.search.port import NearCache, NearProducts, SearchFilters
from webapp.bootstrap import AgentRuntime
from webapp.db.session import Database
from webapp.search.vectors import repository

MAX_PRODUCTS = 100
"""That meaning ranks, or adds to those that have the words. Twice as many take twice the time and
answer no more queries rightly (`tests/eval/search`)."""
MIN_SIMILARITY = 0.2
"""Cosine, chosen by `tests/eval/search`: below it products have nothing to do with the text."""
FULL_SIMILARITY = 0.7
"""Of a product that is what the text says."""


@dataclass(frozen=True)
class MeaningSearch:
    db: Database
    embedder: QueryEmbedder
    cache: NearCache

    @classmethod
    def from_runtime(cls, runtime: AgentRuntime) -> Self:
        return cls(runtime.db, runtime.query_embedder, runtime.near_cache)

    def find_near(self, text: str, filters: SearchFilters) -> NearProducts | None:
        """None where there is no vector of the text in time, or no text."""
        if not text.strip():
            return None
        key = " ".join(text.casefold().split()), filters
        known = self.cache.find(key)
        if known is not None:
            return known
        vector = self.embedder.embed_query(text)
        if vector is None:
            return None
        near = self._find_in_catalog(vector, filters)
        self.cache.store(key, near)
        return near

    def _find_in_catalog(self, vector: Vectors, filters: SearchFilters) -> NearProducts:
        with self.db.unit_of_work() as session:
            found = repository.find_nearest(
                session,
                vector,
                filters,
                limit=MAX_PRODUCTS,
                min_similarity=MIN_SIMILARITY,
            )
        return tuple(
            (each.product_id, scale_similarity(each.similarity)) for each in found
        )


def scale_similarity(similarity: float) -> float:
    """From 0 to 1, in steps of a hundredth."""
    share = (similarity - MIN_SIMILARITY) / (FULL_SIMILARITY - MIN_SIMILARITY)
    return round(min(1.0, max(0.0, share)), 2)
