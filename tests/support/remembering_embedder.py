"""An embedder for tests that embed the same texts again and again."""

from collections.abc import Sequence

import numpy as np

from webapp.adapters.embeddings.port import DIMENSIONS, Embedder, Vectors


class RememberingEmbedder:
    """Returns the vectors of another embedder, which is asked once for each text."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self._embedder = embedder
        self._vectors: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        unknown = [text for text in texts if text not in self._vectors]
        if unknown:
            self._vectors.update(
                zip(unknown, self._embedder.embed(unknown), strict=True)
            )
        known = [self._vectors[text] for text in texts]
        return np.stack(known) if known else np.empty((0, DIMENSIONS), np.float32)
