"""Evaluate the support agent's intent classifier: `python -m tests.eval.intents`.

It is measured on public customer utterances (`ECOM67_SHARED`), none of which are among its
examples, and on its own examples, each classified by all the others.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean

import numpy as np

from agents.local.intent_classifier import (
    UNCLEAR,
    Examples,
    IntentClassifier,
    load_examples,
)
from agents.local.support import skill as support
from tests.support.intents import Utterance, read_utterances
from tests.support.scoreboard import Figure, format_scoreboard
from tests.support.shared_data import find_shared_file
from webapp.adapters.embeddings.build import LocalEmbedder
from webapp.adapters.embeddings.port import Vectors

FILES = ("intents/bitext_dev.csv", "intents/bitext_train.csv")
WORST_SHOWN = 5


class CachingEmbedder:
    """Embeds each text once, and alone, as a message is: a batch shifts int8 vectors."""

    model = LocalEmbedder.model

    def __init__(self) -> None:
        self._embedder = LocalEmbedder()
        self._vectors: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        for text in texts:
            if text not in self._vectors:
                [self._vectors[text]] = self._embedder.embed([text])
        return np.stack([self._vectors[text] for text in texts])


def main() -> None:
    files = [find_shared_file(name) for name in FILES]
    embedder = CachingEmbedder()
    classifier = IntentClassifier(embedder, load_examples(support.EXAMPLES))
    figures = [figure for file in files for figure in evaluate_public(classifier, file)]
    right = list(iter_left_out(embedder, load_examples(support.EXAMPLES)))
    figures.append(Figure("support: own examples, right", mean(right), len(right)))
    print(format_scoreboard(figures))


def evaluate_public(classifier: IntentClassifier, file: Path) -> Iterator[Figure]:
    utterances = read_utterances(file)
    intents = [classifier.classify(utterance.text).intent for utterance in utterances]
    right = [
        intent in utterance.expected
        for utterance, intent in zip(utterances, intents, strict=True)
    ]
    unclear = mean(intent == UNCLEAR for intent in intents)
    yield Figure(f"support: {file.stem}, right", mean(right), len(right))
    yield Figure(f"support: {file.stem}, not understood", unclear, len(right))
    by_intent = group_by_intent(utterances, right)
    worst = sorted(by_intent, key=lambda intent: mean(by_intent[intent]))
    for intent in worst[:WORST_SHOWN]:
        results = by_intent[intent]
        yield Figure(f"support: {file.stem}, {intent}", mean(results), len(results))


def group_by_intent(
    utterances: Sequence[Utterance], right: Sequence[bool]
) -> Mapping[str, Sequence[bool]]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for utterance, is_right in zip(utterances, right, strict=True):
        groups[utterance.public_intent].append(is_right)
    return groups


def iter_left_out(embedder: CachingEmbedder, examples: Examples) -> Iterator[bool]:
    """Whether the others classify an example right, for each."""
    for intent, texts in examples.items():
        for text in texts:
            others = {**examples, intent: [other for other in texts if other != text]}
            yield IntentClassifier(embedder, others).classify(text).intent == intent


if __name__ == "__main__":
    main()
