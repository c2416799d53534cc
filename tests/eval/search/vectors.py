"""Vectors of catalogs and queries, kept in a file between evaluations: a catalog takes minutes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from webapp.adapters.embeddings.build import open_embedder
from webapp.adapters.embeddings.port import Embedder, Vectors
from webapp.config import Settings
from webapp.db.session import Database
from webapp.search.vectors import service

SHOWN_EVERY = 2_000


class KeptEmbedder:
    """Embeds each text once, in this run and those that are given the same file."""

    def __init__(self, file: Path | None) -> None:
        self._embedder: Embedder = open_embedder(Settings().embedding_model)
        self._file = file
        self._known: dict[str, Vectors] = {}
        if file is not None and file.exists():
            with np.load(file) as kept:
                self._known = dict(
                    zip(kept["texts"].tolist(), kept["vectors"], strict=True)
                )

    @property
    def model(self) -> str:
        return self._embedder.model

    def embed(self, texts: Sequence[str]) -> Vectors:
        unknown = list(dict.fromkeys(text for text in texts if text not in self._known))
        if unknown:
            self._known |= dict(
                zip(unknown, self._embedder.embed(unknown), strict=True)
            )
        return np.stack([self._known[text] for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """As a `QueryEmbedder` does that has all the time it needs."""
        vector: Vectors = self.embed([text])[0]
        return vector

    def save_vectors(self) -> None:
        if self._file is not None:
            texts = np.array(list(self._known))
            np.savez(self._file, texts=texts, vectors=np.stack([*self._known.values()]))


def embed_catalog(db: Database, embedder: KeptEmbedder) -> None:
    with db.unit_of_work() as session:
        ids = service.list_products_to_embed(session, model=embedder.model)
    for start in range(0, len(ids), service.BATCH_SIZE):
        service.embed_products(db, embedder, ids[start : start + service.BATCH_SIZE])
        if start % SHOWN_EVERY == 0:
            print(f"{start:,} of {len(ids):,} products embedded", flush=True)
    embedder.save_vectors()
