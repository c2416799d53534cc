"""Sentences as points: texts that mean the same lie close together."""

from collections.abc import Sequence
from importlib import import_module
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from webapp.config import Settings

DIMENSIONS = 384

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Whatever turns texts into vectors of one length, `DIMENSIONS` wide."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, each of unit length: a dot product is the cosine."""
        ...


class LocalEmbedder:
    """MiniLM-L6-v2 (int8) on ONNX Runtime, loaded at the first use (0.6 s, 250 MB).

    Safe to use from many threads.
    """

    def __init__(self) -> None:
        self._loading = Lock()
        self._model: Embedder | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        with self._loading:
            # Most processes of the shop never need it, and ONNX Runtime starts threads when
            # it is imported: children of a process that forks after that hang at their end.
            self._model = (
                self._model or import_module("webapp.suppliers.minilm").MiniLM()
            )
        return self._model.embed(texts)


def open_embedder(settings: Settings) -> Embedder:
    """`EMBEDDING_MODEL`; `Settings` accepts `local` alone so far. Loads nothing yet."""
    del settings
    return LocalEmbedder()
