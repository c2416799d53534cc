"""The Parquet dataset of order lines: where its files lie and what its manifest says.

`orders/month=2026-03/part-0.parquet` holds the lines of one month (of `at`, in UTC). One
file a month, so that a month is replaced in one step; whoever scans meets it old or new.
"""

from datetime import UTC, date, datetime

from pydantic import BaseModel

MANIFEST_KEY = "orders/manifest.json"
PARTITION_GLOB = "orders/month=*/part-0.parquet"


class MonthPartition(BaseModel):
    rows: int
    state: str
    """What `extract.month_states` said when it was written; another one now: stale."""


class Manifest(BaseModel):
    """What has been written. `as_of` is when all months were last found up to date."""

    as_of: datetime | None = None
    months: dict[str, MonthPartition] = {}

    def list_stale_months(self, states: dict[str, str]) -> list[str]:
        """Months to write, the oldest first."""
        known = {name: month.state for name, month in self.months.items()}
        return sorted(
            name for name, state in states.items() if known.get(name) != state
        )

    def list_removed_months(self, states: dict[str, str]) -> list[str]:
        """Months of which nothing is left."""
        return sorted(self.months.keys() - states.keys())


def partition_path(month: str) -> str:
    return f"orders/month={month}/part-0.parquet"


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """First moment of a month and of the next one."""
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return _midnight(first), _midnight(following)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
