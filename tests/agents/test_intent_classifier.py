"""How well messages are understood that we did not write: public customer utterances.

They stay where they are (`ECOM67_SHARED`), are read here only, and are no examples of ours.
"""

import csv
from collections.abc import Iterator

import pytest

from agents.local.intent_classifier import IntentClassifier, load_examples
from agents.local.support.skill import EXAMPLES
from tests.support.shared_data import SHARED_DIR
from webapp.adapters.embeddings.port import Embedder

UTTERANCES = SHARED_DIR / "data" / "intents" / "bitext_dev.csv"

# Their intents in our words; where both of ours serve the customer, both are right. All
# others are questions for the help pages.
OURS = {
    "track_order": {"track_order"},
    "delivery_period": {"help", "track_order"},
    "cancel_order": {"change_order"},
    "change_order": {"change_order"},
    "change_shipping_address": {"help", "change_order"},
    "place_order": {"checkout", "help"},
}
WANTED = 0.9


def utterances() -> Iterator[tuple[str, set[str]]]:
    with UTTERANCES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["utterance"], OURS.get(row["intent"], {"help"})


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.skipif(not UTTERANCES.exists(), reason=f"{UTTERANCES} is not there")
def test_most_utterances_of_others_are_understood(embedder: Embedder) -> None:
    understanding = IntentClassifier(embedder, load_examples(EXAMPLES))

    right = [
        understanding.classify(said).intent in wanted for said, wanted in utterances()
    ]

    assert sum(right) / len(right) >= WANTED
