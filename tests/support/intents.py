"""Public customer utterances, with the intents of ours that serve each.

They stay where they are (`ECOM67_SHARED`), are only read, and are not among the classifier's
examples.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Utterance:
    text: str
    public_intent: str
    """As the dataset names it."""

    @property
    def expected(self) -> set[str]:
        return EXPECTED_INTENTS.get(self.public_intent, {"help"})


def read_utterances(path: Path) -> Sequence[Utterance]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Utterance(row["utterance"], row["intent"]) for row in csv.DictReader(file)
        ]
