"""The process that embeds queries, in the process of the test: it is never late."""

from dataclasses import dataclass

from webapp.adapters.embeddings.port import Embedder, Vectors


@dataclass(frozen=True)
class InProcessQueryEmbedder:
    embedder: Embedder

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self.embedder.embed([text])[0]
        return vector
