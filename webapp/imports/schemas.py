from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field

from webapp.imports.numbers import DecimalSeparator
from webapp.imports.service import ImportedFile
from webapp.kit.json import RequestBody, ResponseBody

MAX_REJECTS_SHOWN = 100


class ImportQuery(RequestBody):
    dry_run: bool = False
    """Report what would happen, without changing anything."""
    encoding: Annotated[str, Field(max_length=40)] | None = None
    """Encoding of a text file, such as `windows-1250` or `shift_jis`. Detected if it is not
    given; where that is not certain, the file is refused."""
    decimal: DecimalSeparator | None = None
    """The decimal separator of all numbers. Without it, a number such as `1.250`, which may be
    two, is rejected."""


class RejectView(ResponseBody):
    example_values = {
        "line": 17,
        "reason": "price: must be a decimal number in major units",
    }

    line: int
    """The row as a spreadsheet numbers it (a cell may have several lines), or the line of a
    JSON Lines file."""
    reason: str


class ImportView(ResponseBody):
    """Result of an import: the number of rows of the file per result."""

    example_values = {
        "rows": 120,
        "created": 4,
        "updated": 31,
        "unchanged": 84,
        "rejected": 1,
        "encoding": "utf-8",
        "warnings": ["Columns that are not used: isActve (did you mean isActive?)"],
    }

    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    rejects: list[RejectView]
    """The first 100 rejected rows."""
    encoding: str | None
    """Encoding of a text file, as it was detected or asked for; `null` for a spreadsheet."""
    warnings: Sequence[str]
    """What of the file was not used, in sentences."""

    @classmethod
    def from_file(cls, file: ImportedFile) -> Self:
        outcome, counts = file.outcome, file.outcome.counts
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
            encoding=file.encoding,
            warnings=file.warnings,
        )
