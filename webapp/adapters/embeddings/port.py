"""Sentence embeddings: texts that mean the same lie close together."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384


Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Whatever turns texts into vectors of one length, `DIMENSIONS` wide."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, each of unit length: a dot product is the cosine."""
        ...
