from dataclasses import dataclass, field
from enum import StrEnum

from webapp.imports.progress import ImportCounts
from webapp.imports.rejects import Reject
from webapp.imports.row import Row


class RowResult(StrEnum):
    """What an accepted row did; also the name of its counter."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass
class ImportOutcome:
    """Counts and rejects of a batch of rows."""

    counts: ImportCounts = field(default_factory=ImportCounts)
    rejects: list[Reject] = field(default_factory=list)

    def count_result(self, result: RowResult) -> None:
        setattr(self.counts, result, getattr(self.counts, result) + 1)

    def reject(self, row: Row, reason: str) -> None:
        self.counts.rejected += 1
        self.rejects.append(Reject.from_row(row, reason))
