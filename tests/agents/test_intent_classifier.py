"""Accuracy of the intent classifier on public customer utterances.

They stay where they are (`ECOM67_SHARED`), are only read here, and are not among the
classifier's examples.
"""

import csv
from collections.abc import Iterator

import pytest

from agents.local.intent_classifier import IntentClassifier, load_examples
from agents.local.support.skill import EXAMPLES
from tests.support.shared_data import SHARED_DIR
from webapp.adapters.embeddings.port import Embedder

UTTERANCES = SHARED_DIR / "data" / "intents" / "bitext_dev.csv"

# The dataset's intents as this project's; where two of these serve the customer, both are
# right. All others are questions for the help pages.
EXPECTED_INTENTS = {
    "track_order": {"track_order"},
    "delivery_period": {"help", "track_order"},
    "cancel_order": {"change_order"},
    "change_order": {"change_order"},
    "change_shipping_address": {"help", "change_order"},
    "place_order": {"checkout", "help"},
}
MIN_ACCURACY = 0.9


def load_utterances() -> Iterator[tuple[str, set[str]]]:
    with UTTERANCES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["utterance"], EXPECTED_INTENTS.get(row["intent"], {"help"})


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.skipif(not UTTERANCES.exists(), reason=f"{UTTERANCES} does not exist")
def test_most_public_utterances_are_understood(embedder: Embedder) -> None:
    classifier = IntentClassifier(embedder, load_examples(EXAMPLES))

    right = [
        classifier.classify(utterance).intent in expected
        for utterance, expected in load_utterances()
    ]

    assert sum(right) / len(right) >= MIN_ACCURACY
