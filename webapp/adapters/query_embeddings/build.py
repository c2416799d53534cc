"""Builds the client of the process that embeds queries, which is at `EMBEDDER_URL`."""

from webapp.adapters.embeddings.port import Vectors
from webapp.adapters.query_embeddings.http import HttpQueryEmbedder
from webapp.adapters.query_embeddings.port import QueryEmbedder
from webapp.config import AgentSettings


class NoQueryEmbedder:
    """For a shop that searches by words alone."""

    def embed_query(self, text: str) -> Vectors | None:
        del text
        return None


def build_query_embedder(settings: AgentSettings) -> QueryEmbedder:
    if settings.embedder_url is None:
        return NoQueryEmbedder()
    return HttpQueryEmbedder(settings.embedder_url)
