from dataclasses import dataclass, field
from enum import StrEnum

from webapp.imports.progress import Counts
from webapp.imports.rejects import Reject
from webapp.imports.row import Row


class Fate(StrEnum):
    """What became of a row that was taken; also the name of its counter."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass
class Outcome:
    """What became of a batch of rows."""

    counts: Counts = field(default_factory=Counts)
    rejects: list[Reject] = field(default_factory=list)

    def count(self, fate: Fate) -> None:
        setattr(self.counts, fate, getattr(self.counts, fate) + 1)

    def reject(self, row: Row, reason: str) -> None:
        self.counts.rejected += 1
        self.rejects.append(Reject.of(row, reason))
