"""What a message wants: the intent whose examples lie nearest in meaning."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from webapp.adapters.embeddings.port import Embedder, Vectors

UNCLEAR = "unclear"

# Measured on our own paraphrases: what belongs to an intent lies at 0.45 or nearer to
# one of its examples; small talk in other languages and noise stay below 0.35.
NEAR_ENOUGH = 0.38
NEIGHBOURS = 2

Examples = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class IntentMatch:
    """`intent` is `UNCLEAR` when nothing is near; `guess` is the nearest all the same."""

    intent: str
    nearest_intent: str
    nearness: float


class IntentClassifier:
    """Deterministic: the same message always reads the same."""

    def __init__(self, embedder: Embedder, examples: Examples) -> None:
        self._embedder = embedder
        self._examples = examples
        self._names = list(examples)

    def classify(self, message: str) -> IntentMatch:
        [vector] = self._embedder.embed([message.casefold()])
        scores = [self._score(points @ vector) for points in self._points]
        best = int(np.argmax(scores))
        guess, nearness = self._names[best], scores[best]
        return IntentMatch(
            guess if nearness >= NEAR_ENOUGH else UNCLEAR, guess, nearness
        )

    @staticmethod
    def _score(nearness: Vectors) -> float:
        """The mean of the nearest examples: one odd example must not decide alone."""
        return float(np.sort(nearness)[-NEIGHBOURS:].mean())

    @cached_property
    def _points(self) -> list[Vectors]:
        """Embedded together at the first message, which takes about a second."""
        sentences = [
            text.casefold() for name in self._names for text in self._examples[name]
        ]
        ends = np.cumsum([len(self._examples[name]) for name in self._names])
        return np.split(self._embedder.embed(sentences), ends[:-1])


def load_examples(path: Path) -> Examples:
    return tomllib.loads(path.read_text(encoding="utf-8"))
