"""Products near in meaning to a search text: "my back hurts" finds the chair for it.

The text is embedded by one process for all (`runtime.query_embedder`); where it does not answer
in time, the search goes by words alone.
"""

from dataclasses import dataclass

from webapp.adapters.query_embeddings.port import QueryEmbedder
from webapp.adapters.search.port import NearProducts, SearchFilters
from webapp.db.session import Database
from webapp.search.vectors import repository

MAX_PRODUCTS = 200
"""That meaning adds to those that have the words."""
MIN_SIMILARITY = 0.2
"""Cosine, chosen by `tests/eval/search`: below it products have nothing to do with the text."""
FULL_SIMILARITY = 0.7
"""Of a product that is what the text says."""


@dataclass(frozen=True)
class MeaningSearch:
    db: Database
    embedder: QueryEmbedder

    def find_near(self, text: str, filters: SearchFilters) -> NearProducts | None:
        """None where there is no vector of the text in time, or no text."""
        if not text.strip():
            return None
        vector = self.embedder.embed_query(text)
        if vector is None:
            return None
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
