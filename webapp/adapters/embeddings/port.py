"""Port to sentence embeddings: texts of similar meaning have vectors close together."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384


Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors of `DIMENSIONS` numbers."""

    @property
    def model(self) -> str:
        """Stored with the vectors: those of another model must be computed again."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text, each of unit length: a dot product is the cosine similarity."""
        ...
