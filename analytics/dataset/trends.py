"""Daily figures of every month, as they were known: `trends/month=2026-03/….parquet`.

A month that is over keeps each version of its figures: where an order of it changes later, there is
a new one besides what was known before. The figures are those of a query by day in the shop's time
zone, and tell nothing of a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

from analytics.dataset.current import open_dataset
from analytics.dataset.manifest import DatasetFile, Manifest, build_file_path
from analytics.exports.files import write_parquet
from analytics.semantic.execution import run_query
from analytics.semantic.local_time import MICROSECOND
from webapp.adapters.storage.port import NotStored, Storage
from webapp.insights.exported_dataset import parse_stored
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.periods import (
    Period,
    add_months,
    format_period,
    iterate_periods,
)
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.windows import to_instant, to_local

FOLDER = "trends"
TRENDS_KEY = f"{FOLDER}/manifest.json"
FORMAT: Literal[1] = 1
TREND_METRICS = [
    "net_revenue", "gross_sales", "returns", "refunds", "tax", "orders", "units",
    "returned_units", "customers", "new_customers", "placed_orders", "canceled_orders",
]  # fmt: skip
"""No quotients: these follow from what they are of."""


class TrendVersion(BaseModel):
    """The figures of a month as they were known at a time."""

    as_of: AwareDatetime
    """The moment that the dataset showed."""
    is_over: bool
    """Whether the month was over then; the next version takes the place of one that was not."""
    lines: str
    """A text that changes with the files of order lines that it was computed from."""
    file: DatasetFile
    rows_sha256: str
    """Of its rows alone: the file has its receipt, too."""


class TrendManifest(BaseModel):
    format: Literal[1] = FORMAT
    time_zone: str
    home_currency: str
    metrics: list[str]
    months: dict[str, list[TrendVersion]] = {}
    """The versions of each month, the latest one last."""

    def is_alike(self, other: "TrendManifest") -> bool:
        """Whether the figures of both mean the same."""
        return self.model_copy(update={"months": {}}) == other.model_copy(
            update={"months": {}}
        )

    def add_version(self, month: str, version: TrendVersion) -> bool:
        """Whether the figures were not known already. Only the latest version knows what it was
        computed from."""
        versions = self.months.setdefault(month, [])
        latest = versions[-1] if versions else None
        if latest is not None and latest.rows_sha256 == version.rows_sha256:
            is_over = latest.is_over or version.is_over
            versions[-1] = latest.model_copy(
                update={"lines": version.lines, "is_over": is_over}
            )
            return False
        if latest is not None and not latest.is_over:
            versions.pop()
        versions.append(version)
        return True

    def list_paths(self) -> set[str]:
        return {each.file.path for found in self.months.values() for each in found}


def read_trends(storage: Storage) -> TrendManifest | None:
    """Raises `DatasetDamaged`."""
    try:
        content = storage.read_bytes(TRENDS_KEY)
    except NotStored:
        return None
    return parse_stored(
        TrendManifest,
        content,
        storage.uri(TRENDS_KEY),
        remedy="Put back a copy of it; without one, delete it and run this again:"
        " what was known of a month before a restatement is lost then",
    )


def save_trends(storage: Storage, trends: TrendManifest) -> None:
    storage.put(TRENDS_KEY, trends.model_dump_json(indent=1).encode())


def list_local_months(manifest: Manifest, zone: ZoneInfo) -> Sequence[str]:
    """From the month of the first order line up to the running one, in a zone."""
    lines = manifest.tables.order_lines.values()
    if not lines:
        return []
    first = to_local(min(each.first_at for each in lines), zone)
    last = to_local(manifest.snapshot.taken_at, zone)
    months = iterate_periods(first, last + MICROSECOND, Period.MONTH)
    return [format_period(each, Period.MONTH) for each in months]


def fingerprint_lines(manifest: Manifest, month: str) -> str:
    """Of the files that may have lines of a month in any zone: its own, and those next to it."""
    start = _find_start(month)
    names = [format_period(add_months(start, n), Period.MONTH) for n in (-1, 0, 1)]
    found = map(manifest.tables.order_lines.get, names)
    text = " ".join(each.file.sha256 if each else "" for each in found)
    return sha256(text.encode()).hexdigest()


def _find_start(month: str) -> datetime:
    return datetime.fromisoformat(f"{month}-01")


class WrittenTrends(NamedTuple):
    version: TrendVersion
    rows: int


@dataclass(frozen=True)
class TrendWriter:
    """Computes the figures of a month and writes them."""

    storage: Storage
    manifest: Manifest
    zone: ZoneInfo

    def write(self, month: str) -> WrittenTrends:
        """Raises `ImpossibleQuery` where the definitions do not allow the query."""
        result = self._compute(month)
        content = write_parquet(result)
        path = build_file_path(FOLDER, month)
        self.storage.put(path, content)
        rows = AnalyticsResult.model_dump_json(result, include={"rows"})
        taken_at = self.manifest.snapshot.taken_at
        version = TrendVersion(
            as_of=taken_at,
            is_over=self._find_end(month) <= taken_at,
            lines=fingerprint_lines(self.manifest, month),
            file=DatasetFile.describe(path, content),
            rows_sha256=sha256(rows.encode()).hexdigest(),
        )
        return WrittenTrends(version, len(result.rows))

    def _compute(self, month: str) -> AnalyticsResult:
        start = _find_start(month)
        last = add_months(start, 1) - MICROSECOND
        query = AnalyticsQuery.model_validate(
            {
                "metrics": TREND_METRICS,
                "group_by": ["day"],
                "window": {"first_day": start.date(), "last_day": last.date()},
            }
        )
        facts = open_dataset(self.manifest, self.storage)
        return run_query(
            query, facts, home_currency=self.manifest.home_currency, zone=self.zone
        )

    def _find_end(self, month: str) -> datetime:
        return to_instant(add_months(_find_start(month), 1), self.zone)
