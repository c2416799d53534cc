"""Builds the embedder that `EMBEDDING_MODEL` names; its model is loaded at first use."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from threading import Lock

import numpy as np

from webapp.adapters.embeddings.port import DIMENSIONS, Embedder, Vectors
from webapp.config import AgentSettings


class LocalEmbedder:
    """MiniLM-L6-v2 (int8) on ONNX Runtime, loaded at the first use (0.6 s, 250 MB).

    Safe to use from many threads.
    """

    model = "all-MiniLM-L6-v2-int8"

    def __init__(self) -> None:
        self._load_lock = Lock()
        self._model: Embedder | None = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        with self._load_lock:
            # Most processes of the shop never need it, and importing ONNX Runtime starts
            # threads: children of a process that forks after that hang at exit.
            self._model = (
                self._model
                or import_module("webapp.adapters.embeddings.minilm").MiniLM()
            )
        return self._model.embed(texts)


def build_embedder(settings: AgentSettings) -> Embedder:
    """`Settings` accepts only `EMBEDDING_MODEL=local` so far. Loads nothing yet."""
    return open_embedder(settings.embedding_model)


@cache
def open_embedder(model: str) -> Embedder:
    """The one of this process, by the value of `EMBEDDING_MODEL`: for a task that is sent no
    settings. Loads nothing yet."""
    del model
    return LocalEmbedder()
