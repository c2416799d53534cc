"""What an import tells whoever waits for it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class ImportProgress(Protocol):
    def start_step(self, step: str, *, total: int) -> None:
        """A step with so many bytes or lines to do."""
        ...

    def update(self, done: int, *, rows: int) -> None: ...

    def print_message(self, remark: str) -> None: ...


class NullProgress:
    """Nobody waits: tests, and programs that read the summary."""

    def start_step(self, step: str, *, total: int) -> None: ...

    def update(self, done: int, *, rows: int) -> None: ...

    def print_message(self, remark: str) -> None: ...


@dataclass
class ImportCounts:
    """What became of the rows; each is in exactly one of the first four."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    orders: int = 0
    """Orders that these lines belong to and that are in the shop."""
    products: int = 0
    """Products created, inactive, because only order lines know them."""

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.rejected

    def add(self, other: "ImportCounts") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True)
class ImportSummary:
    counts: ImportCounts
    rejects_path: Path
    is_dry_run: bool
    is_resumed: bool
    """Whether an earlier run had been cut short; the counts include what that one did."""
    non_utf8_lines: int = field(default=0)
