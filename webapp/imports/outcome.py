from dataclasses import dataclass, field

from webapp.catalog.upsert import UpsertOutcome, UpsertResult
from webapp.imports.progress import ImportCounts
from webapp.imports.rejects import Reject
from webapp.imports.row import Row


@dataclass
class ImportOutcome:
    """Counts and rejects of a batch of rows."""

    counts: ImportCounts = field(default_factory=ImportCounts)
    rejects: list[Reject] = field(default_factory=list)

    def add_result(self, row: Row, result: UpsertResult) -> None:
        if result.outcome is UpsertOutcome.REJECTED:
            self.reject(row, result.reason)
        else:  # an outcome is also the name of its counter
            count = getattr(self.counts, result.outcome)
            setattr(self.counts, result.outcome, count + 1)

    def reject(self, row: Row, reason: str) -> None:
        self.counts.rejected += 1
        self.rejects.append(Reject.from_row(row, reason))
