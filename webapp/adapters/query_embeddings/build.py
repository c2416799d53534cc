"""Builds the client of the process that embeds queries, which is at `EMBEDDER_URL`."""

from dataclasses import dataclass

from webapp.adapters.embeddings.port import Embedder, Vectors
from webapp.adapters.query_embeddings.http import HttpQueryEmbedder
from webapp.adapters.query_embeddings.port import QueryEmbedder
from webapp.config import AgentSettings


class NoQueryEmbedder:
    """For a shop that searches by words alone."""

    def embed_query(self, text: str) -> Vectors | None:
        del text
        return None


@dataclass(frozen=True)
class InProcessQueryEmbedder:
    """For a process that holds the model itself: it is never late."""

    embedder: Embedder

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self.embedder.embed([text])[0]
        return vector


def build_query_embedder(settings: AgentSettings) -> QueryEmbedder:
    if settings.embedder_url is None:
        return NoQueryEmbedder()
    return HttpQueryEmbedder(settings.embedder_url)
