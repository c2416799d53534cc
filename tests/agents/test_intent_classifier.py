"""Accuracy of the intent classifier on public customer utterances."""

import pytest

from agents.local.intent_classifier import IntentClassifier, load_examples
from agents.local.support.skill import EXAMPLES
from tests.support.intents import read_utterances
from tests.support.shared_data import require_shared_file
from webapp.adapters.embeddings.port import Embedder

MIN_ACCURACY = 0.9


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_most_public_utterances_are_understood(embedder: Embedder) -> None:
    utterances = read_utterances(require_shared_file("intents/bitext_dev.csv"))
    classifier = IntentClassifier(embedder, load_examples(EXAMPLES))

    right = [
        classifier.classify(utterance.text).intent in utterance.expected
        for utterance in utterances
    ]

    assert sum(right) / len(right) >= MIN_ACCURACY
