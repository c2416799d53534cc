"""Progress reports, counts and the summary of an import."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class ImportProgress(Protocol):
    def start_step(self, step: str, *, total: int) -> None:
        """Start a step of `total` bytes or lines."""
        ...

    def update(self, done: int, *, rows: int) -> None: ...

    def print_message(self, remark: str) -> None: ...


class NullProgress:
    """Reports nothing: for tests, and programs that read the summary."""

    def start_step(self, step: str, *, total: int) -> None: ...

    def update(self, done: int, *, rows: int) -> None: ...

    def print_message(self, remark: str) -> None: ...


@dataclass
class ImportCounts:
    """Number of rows per result; each row is in exactly one of the first four."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    orders: int = 0
    """Orders of these lines that are in the shop."""
    products: int = 0
    """Products that only order lines mention and that were created inactive."""

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
    """Whether an interrupted run was resumed; the counts include that run's rows."""
    encoding: str | None = None
    """Of a text file, as detected or asked for."""
    warnings: list[str] = field(default_factory=list)
    """What of the file is not used, in sentences."""
