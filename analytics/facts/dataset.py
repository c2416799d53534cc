"""The Parquet dataset of order lines: paths of its files, and its manifest.

`orders/month=2026-03/part-0.parquet` holds the lines of one month (of `at`, in UTC). One
file per month, so that a month is replaced in one step: a scan reads the old or the new one.
"""

from datetime import UTC, date, datetime

from pydantic import BaseModel

MANIFEST_KEY = "orders/manifest.json"
PARTITION_GLOB = "orders/month=*/part-0.parquet"


class MonthPartition(BaseModel):
    rows: int
    state: str
    """The month's fingerprint (`database.compute_month_fingerprints`) when it was written; it
    is stale when the current one differs."""


class Manifest(BaseModel):
    """The months written. `as_of` is when all of them were last found up to date."""

    as_of: datetime | None = None
    months: dict[str, MonthPartition] = {}

    def list_stale_months(self, fingerprints: dict[str, str]) -> list[str]:
        """Months to write, oldest first, given the current fingerprints by month."""
        written = {name: month.state for name, month in self.months.items()}
        return sorted(
            name
            for name, fingerprint in fingerprints.items()
            if written.get(name) != fingerprint
        )

    def list_removed_months(self, fingerprints: dict[str, str]) -> list[str]:
        """Months that no longer have lines."""
        return sorted(self.months.keys() - fingerprints.keys())


def partition_path(month: str) -> str:
    return f"orders/month={month}/part-0.parquet"


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Start of a month and of the next one."""
    first_day = date.fromisoformat(f"{month}-01")
    next_first = date(
        first_day.year + first_day.month // 12, first_day.month % 12 + 1, 1
    )
    return _to_midnight(first_day), _to_midnight(next_first)


def _to_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
