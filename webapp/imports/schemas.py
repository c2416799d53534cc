from typing import Self

from webapp.imports.outcome import ImportOutcome
from webapp.kit.json import FORBID_EXTRA, RequestBody, ResponseBody

MAX_REJECTS_SHOWN = 100


class ImportQuery(RequestBody):
    model_config = FORBID_EXTRA

    dry_run: bool = False
    """Report what would happen, without changing anything."""


class RejectView(ResponseBody):
    example_values = {
        "line": 17,
        "reason": "price: must be a decimal number in major units",
    }

    line: int
    """Where the row begins in the file; the header is line 1."""
    reason: str


class ImportView(ResponseBody):
    """Result of an import: the number of rows of the file per result."""

    example_values = {
        "rows": 120,
        "created": 4,
        "updated": 31,
        "unchanged": 84,
        "rejected": 1,
    }

    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    rejects: list[RejectView]
    """The first 100 rejected rows."""

    @classmethod
    def from_outcome(cls, outcome: ImportOutcome) -> Self:
        counts = outcome.counts
        rejects = sorted(outcome.rejects, key=lambda reject: reject.line)
        return cls(
            rows=counts.rows,
            created=counts.created,
            updated=counts.updated,
            unchanged=counts.unchanged,
            rejected=counts.rejected,
            rejects=[
                RejectView(line=reject.line, reason=reject.reason)
                for reject in rejects[:MAX_REJECTS_SHOWN]
            ],
        )
