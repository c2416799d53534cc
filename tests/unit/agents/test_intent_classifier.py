from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agents.local.intent_classifier import (
    UNCLEAR,
    IntentClassifier,
    IntentMatch,
    load_examples,
)
from tests.support.word_embedder import WordEmbedder
from webapp.adapters.embeddings.port import Vectors

EXAMPLES = {
    "greet": ["hello there", "good morning"],
    "orders": ["where is my order", "Track My Order", "order status"],
    "goodbye": ["bye"],
}


@pytest.fixture
def classifier() -> IntentClassifier:
    return IntentClassifier(WordEmbedder(), EXAMPLES)


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("good morning", "greet"),
        ("HELLO THERE", "greet"),
        ("track my order", "orders"),
        ("bye", "goodbye"),
        ("Where is it, my order?", "orders"),
    ],
)
def test_the_intent_is_that_of_the_nearest_examples(
    classifier: IntentClassifier, message: str, intent: str
) -> None:
    match = classifier.classify(message)

    assert (match.intent, match.nearest_intent) == (intent, intent)


def test_a_message_like_no_example_is_unclear(classifier: IntentClassifier) -> None:
    match = classifier.classify("please say bye to the big old cat on my sofa")

    assert (match.intent, match.nearest_intent) == (UNCLEAR, "goodbye")


def test_the_two_nearest_examples_of_an_intent_decide() -> None:
    examples = {
        "outlier": ["track my order", "hello", "hi"],
        "orders": ["track the order", "track an order", "bye"],
    }

    match = IntentClassifier(WordEmbedder(), examples).classify("track my order")

    assert match.intent == "orders"
    assert match.similarity == pytest.approx(2 / 3)


class AxisEmbedder:
    """The first axis, or as far from it as the text says."""

    model = "axis"

    def embed(self, texts: Sequence[str]) -> Vectors:
        cosines = np.array([float(text) for text in texts])
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)


@pytest.mark.parametrize(
    ("similarity", "intent"),
    [(0.37, UNCLEAR), (0.38, "number"), (1.0, "number")],
)
def test_an_intent_needs_a_similarity(similarity: float, intent: str) -> None:
    classifier = IntentClassifier(AxisEmbedder(), {"number": ["1"]})

    assert classifier.classify(str(similarity)) == IntentMatch(
        intent, "number", similarity
    )


def test_examples_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "examples.toml"
    path.write_text('greet = ["grüß dich", "hi"]', encoding="utf-8")

    assert load_examples(path) == {"greet": ["grüß dich", "hi"]}
