"""Classifies the intent of a message by its nearest examples in embedding space."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from webapp.adapters.embeddings.port import Embedder, Vectors

UNCLEAR = "unclear"

# Measured on the project's own paraphrases: messages of an intent have a similarity of at
# least 0.45 to one of its examples; small talk in other languages and noise are below 0.35.
MIN_SIMILARITY = 0.38
NEAREST_EXAMPLES = 2

Examples = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class IntentMatch:
    """`intent` is `UNCLEAR` when no example is near; `nearest_intent` is set even then."""

    intent: str
    nearest_intent: str
    similarity: float


class IntentClassifier:
    """Deterministic: the same message always gets the same intent."""

    def __init__(self, embedder: Embedder, examples: Examples) -> None:
        self._embedder = embedder
        self._examples = examples
        self._names = list(examples)

    def classify(self, message: str) -> IntentMatch:
        [vector] = self._embedder.embed([message.casefold()])
        scores = [self._score(vectors @ vector) for vectors in self._example_vectors]
        best = int(np.argmax(scores))
        nearest, similarity = self._names[best], scores[best]
        return IntentMatch(
            nearest if similarity >= MIN_SIMILARITY else UNCLEAR, nearest, similarity
        )

    @staticmethod
    def _score(similarities: Vectors) -> float:
        """Mean similarity of the nearest examples, so that one outlier does not decide alone."""
        return float(np.sort(similarities)[-NEAREST_EXAMPLES:].mean())

    @cached_property
    def _example_vectors(self) -> list[Vectors]:
        """Example vectors by intent, embedded at the first message, which takes about 1 s."""
        texts = [
            text.casefold() for name in self._names for text in self._examples[name]
        ]
        split_points = np.cumsum([len(self._examples[name]) for name in self._names])
        return np.split(self._embedder.embed(texts), split_points[:-1])


def load_examples(path: Path) -> Examples:
    return tomllib.loads(path.read_text(encoding="utf-8"))
