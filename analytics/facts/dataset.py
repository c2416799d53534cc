"""The Parquet dataset of order lines: its manifest, and the paths of its files.

`orders/month=2026-03/….parquet` has the lines of one month (of `at`, in UTC). All files that the
manifest names are of one snapshot of the database. A file is never overwritten: an export writes
new ones and then the manifest, so that whoever reads the manifest has the whole of one state. Files
that it no longer names stay for a while, for queries that began before.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Literal, Self
from zlib import crc32

import polars as pl
from pydantic import AwareDatetime, BaseModel

from analytics.facts.changes import ChangedOrders, DatabaseSnapshot
from analytics.facts.line_columns import LINE_COLUMNS, VERSION
from analytics.facts.order_facts import StoredMonth
from webapp.adapters.storage.port import NotStored, Storage
from webapp.kit.ids import new_id

FOLDER = "orders"
MANIFEST_KEY = f"{FOLDER}/manifest.json"
UNFINISHED_KEY = f"{FOLDER}/unfinished.json"
"""What an export has written so far; gone when it is done."""
FORMAT: Literal[3] = 3
RETIRED_FILE_RETENTION = timedelta(hours=1)
"""Longer than any query runs."""


class DatasetFile(BaseModel):
    path: str
    """In the storage."""
    size: int
    """Bytes."""
    sha256: str
    """In hexadecimal."""

    @classmethod
    def describe(cls, path: str, content: bytes) -> Self:
        return cls(path=path, size=len(content), sha256=sha256(content).hexdigest())


class MonthPartition(BaseModel):
    """A month's files, with what a query can know of its lines without reading them."""

    lines: DatasetFile
    spellings: DatasetFile
    """Of the texts of the lines (`analytics.semantic.spellings`)."""
    rows: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    first_number: int
    last_number: int
    currencies: list[str]

    @classmethod
    def describe(
        cls, lines: pl.DataFrame, *, file: DatasetFile, spellings: DatasetFile
    ) -> Self:
        at, number = lines["at"], lines["order_number"]
        return cls.model_validate(
            {
                "lines": file,
                "spellings": spellings,
                "rows": lines.height,
                "first_at": at.min(),
                "last_at": at.max(),
                "first_number": number.min(),
                "last_number": number.max(),
                "currencies": lines["currency"].unique().sort().to_list(),
            }
        )

    @property
    def paths(self) -> tuple[str, str]:
        return self.lines.path, self.spellings.path

    def select_numbers(self, numbers: pl.Series) -> pl.Series:
        """Of orders, those that may have lines in the month."""
        return numbers.filter(numbers.is_between(self.first_number, self.last_number))


class Manifest(BaseModel):
    format: Literal[3] = FORMAT
    snapshot: DatabaseSnapshot
    """What all files show."""
    home_currency: str
    columns: str
    """A text that changes with the columns of a line (`fingerprint_columns`)."""
    spelled: str
    """What the files of spellings are of (`analytics.semantic.spellings.SPELLED`)."""
    months: dict[str, MonthPartition] = {}
    retired: dict[str, AwareDatetime] = {}
    """Files of earlier states, and since when they are."""

    def is_known_to(self, snapshot: DatabaseSnapshot, *, home_currency: str) -> bool:
        """Whether the files and what changed since give all lines of a later snapshot."""
        return (
            self.snapshot.is_known_to(snapshot)
            and self.home_currency == home_currency
            and self.columns == fingerprint_columns()
        )

    def list_files(
        self, storage: Storage, *, changed: ChangedOrders
    ) -> list[StoredMonth]:
        """Of orders that have changed, the files that may have one know them as outdated."""
        return [
            StoredMonth(
                url=storage.uri(month.lines.path),
                rows=month.rows,
                first_at=month.first_at,
                last_at=month.last_at,
                currencies=month.currencies,
                spellings_url=storage.uri(month.spellings.path),
                outdated=month.select_numbers(changed.affected),
                is_rewritten=not month.select_numbers(changed.rewritten).is_empty(),
            )
            for _, month in sorted(self.months.items())
        ]

    def list_expired_files(self, now: datetime) -> list[str]:
        oldest = now - RETIRED_FILE_RETENTION
        return [path for path, since in self.retired.items() if since < oldest]


def read_manifest(storage: Storage) -> Manifest | None:
    """None where there is no dataset, or one of another version of the shop."""
    try:
        content = storage.read_bytes(MANIFEST_KEY)
    except NotStored:
        return None
    head = ManifestHead.model_validate_json(content)
    return Manifest.model_validate_json(content) if head.format == FORMAT else None


class UnfinishedExport(BaseModel):
    manifest: Manifest
    """With the months that are written, all of its snapshot."""
    is_full: bool
    """Whether it was to write every month."""


def read_unfinished(storage: Storage) -> UnfinishedExport | None:
    """None where the last export was done, or is of another version of the shop."""
    try:
        content = storage.read_bytes(UNFINISHED_KEY)
    except NotStored:
        return None
    head = UnfinishedHead.model_validate_json(content)
    if head.manifest.format != FORMAT:
        return None
    return UnfinishedExport.model_validate_json(content)


def save_unfinished(storage: Storage, manifest: Manifest, *, is_full: bool) -> None:
    found = UnfinishedExport(manifest=manifest, is_full=is_full)
    storage.put(UNFINISHED_KEY, found.model_dump_json(indent=1).encode())


class ManifestHead(BaseModel):
    format: int = 1


class UnfinishedHead(BaseModel):
    manifest: ManifestHead


def save_manifest(storage: Storage, manifest: Manifest) -> None:
    storage.put(MANIFEST_KEY, manifest.model_dump_json(indent=1).encode())


def fingerprint_columns() -> str:
    described = " ".join(f"{name}:{kind}" for name, kind in LINE_COLUMNS.items())
    described = f"{VERSION} {described}"
    return f"{crc32(described.encode()):08x}"


def build_partition_paths(month: str) -> tuple[str, str]:
    """New ones for each file: of the lines, and of their spellings."""
    name = f"month={month}/{new_id()}.parquet"
    return f"{FOLDER}/{name}", f"{FOLDER}/spellings/{name}"


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """Start of a month and of the next one."""
    first_day = date.fromisoformat(f"{month}-01")
    next_first = date(
        first_day.year + first_day.month // 12, first_day.month % 12 + 1, 1
    )
    return _to_midnight(first_day), _to_midnight(next_first)


def iterate_months(lines: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The lines of each month that has some, by its name."""
    named = lines.with_columns(month=pl.col("at").dt.strftime("%Y-%m"))
    for (month,), frame in named.group_by("month"):
        yield str(month), frame.drop("month")


def _to_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
