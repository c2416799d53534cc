"""The Parquet dataset: its manifest, and the paths of its files.

`dataset/orders/month=2026-03/….parquet` has the orders of one month (in UTC), and so each table.
All files that the manifest names are of one snapshot of the database. A file is never overwritten:
an export writes new ones and then the manifest, so that whoever reads the manifest has the whole of
one state. Files that it no longer names stay for a while, for queries that began before.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, Self
from zlib import crc32

import polars as pl
from pydantic import AwareDatetime, BaseModel

from analytics.dataset.event_tables import EVENT_TABLES
from analytics.dataset.schemas import CUSTOMERS, ORDERS
from analytics.facts.changes import ChangedOrders, DatabaseSnapshot
from analytics.facts.line_columns import LINE_COLUMNS, VERSION
from analytics.facts.order_facts import StoredMonth
from webapp.adapters.storage.port import NotStored, Storage
from webapp.insights import exported_dataset
from webapp.insights.exported_dataset import Stored, parse_manifest, parse_stored
from webapp.kit.ids import new_id

FOLDER = exported_dataset.FOLDER
MANIFEST_KEY = exported_dataset.MANIFEST_KEY
UNFINISHED_KEY = f"{FOLDER}/unfinished.json"
"""What an export has written so far; gone when it is done."""
FORMAT: Literal[4] = 4
RETIRED_FILE_RETENTION = timedelta(hours=1)
"""Longer than any query runs."""
ORDER_LINES = "order_lines"
TABLES: Mapping[str, pl.Schema] = {
    ORDER_LINES: LINE_COLUMNS,
    "orders": ORDERS,
    "customers": CUSTOMERS,
    **{name: table.schema for name, table in EVENT_TABLES.items()},
}
"""The columns of each table, as its files have them."""


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


class TablePartition(BaseModel):
    """The rows of a month."""

    file: DatasetFile
    rows: int
    fingerprint: str | None = None
    """Of what the database has of them; only of tables of events."""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.file.path,)


class LinePartition(TablePartition):
    """With what a query can know of the lines without reading them."""

    spellings: DatasetFile
    """Of the texts of the lines (`analytics.semantic.spellings`)."""
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
                "file": file,
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
    def paths(self) -> tuple[str, ...]:
        return self.file.path, self.spellings.path

    def select_numbers(self, numbers: pl.Series) -> pl.Series:
        """Of orders, those that may have lines in the month."""
        if numbers.is_empty():
            return numbers
        return numbers.filter(numbers.is_between(self.first_number, self.last_number))


Partitions = dict[str, TablePartition]
"""By month; one without rows has none."""


class Tables(BaseModel):
    """The partitions of each table by month."""

    order_lines: dict[str, LinePartition] = {}
    orders: Partitions = {}
    customers: Partitions = {}
    payments: Partitions = {}
    refunds: Partitions = {}
    stock_movements: Partitions = {}
    searches: Partitions = {}
    search_days: Partitions = {}

    def get_table(self, name: str) -> Partitions:
        partitions: Partitions = getattr(self, name)
        return partitions

    def list_partitions(self) -> Iterator[tuple[str, str, TablePartition]]:
        """With the table and the month of each."""
        for name in TABLES:
            for month, partition in self.get_table(name).items():
                yield name, month, partition

    def list_paths(self) -> set[str]:
        return {path for *_, each in self.list_partitions() for path in each.paths}


class Manifest(BaseModel):
    format: Literal[4] = FORMAT
    snapshot: DatabaseSnapshot
    """What all files show."""
    home_currency: str
    columns: dict[str, str]
    """Of each table, a text that changes with its columns (`fingerprint_columns`)."""
    spelled: str
    """What the files of spellings are of (`analytics.semantic.spellings.SPELLED`)."""
    tables: Tables = Tables()
    retired: dict[str, AwareDatetime] = {}
    """Files of earlier states, and since when they are."""

    def is_known_to(self, snapshot: DatabaseSnapshot, *, home_currency: str) -> bool:
        """Whether the files and what changed since give all lines of a later snapshot."""
        return (
            self.snapshot.is_known_to(snapshot)
            and self.home_currency == home_currency
            and self.columns.get(ORDER_LINES) == fingerprint_columns(ORDER_LINES)
        )

    def list_files(
        self, storage: Storage, *, changed: ChangedOrders
    ) -> list[StoredMonth]:
        """Of orders that have changed, the files that may have one know them as outdated."""
        return [
            StoredMonth(
                url=storage.uri(month.file.path),
                rows=month.rows,
                first_at=month.first_at,
                last_at=month.last_at,
                currencies=month.currencies,
                spellings_url=storage.uri(month.spellings.path),
                outdated=month.select_numbers(changed.affected),
                is_rewritten=not month.select_numbers(changed.rewritten).is_empty(),
            )
            for _, month in sorted(self.tables.order_lines.items())
        ]

    def list_expired_files(self, now: datetime) -> list[str]:
        oldest = now - RETIRED_FILE_RETENTION
        return [path for path, since in self.retired.items() if since < oldest]


def read_manifest(storage: Storage) -> Manifest | None:
    """None where there is no dataset, or one of another version of the shop. Raises
    `DatasetDamaged`."""
    try:
        content = storage.read_bytes(MANIFEST_KEY)
    except NotStored:
        return None
    head = parse_manifest(ManifestHead, content, storage)
    return parse_manifest(Manifest, content, storage) if head.format == FORMAT else None


class UnfinishedExport(BaseModel):
    manifest: Manifest
    """With the months that are written, all of its snapshot."""
    is_full: bool
    """Whether it was to write every month."""


def read_unfinished(storage: Storage) -> UnfinishedExport | None:
    """None where the last export was done, or is of another version of the shop. Raises
    `DatasetDamaged`."""
    try:
        content = storage.read_bytes(UNFINISHED_KEY)
    except NotStored:
        return None
    head = _parse_unfinished(UnfinishedHead, content, storage)
    if head.manifest.format != FORMAT:
        return None
    return _parse_unfinished(UnfinishedExport, content, storage)


def _parse_unfinished(kind: type[Stored], content: bytes, storage: Storage) -> Stored:
    return parse_stored(
        kind,
        content,
        storage.uri(UNFINISHED_KEY),
        remedy="Delete it and export again: what it says was written is written anew",
    )


def save_unfinished(storage: Storage, manifest: Manifest, *, is_full: bool) -> None:
    found = UnfinishedExport(manifest=manifest, is_full=is_full)
    storage.put(UNFINISHED_KEY, found.model_dump_json(indent=1).encode())


class ManifestHead(BaseModel):
    format: int = 1


class UnfinishedHead(BaseModel):
    manifest: ManifestHead


def save_manifest(storage: Storage, manifest: Manifest) -> None:
    storage.put(MANIFEST_KEY, manifest.model_dump_json(indent=1).encode())


def fingerprint_columns(table: str) -> str:
    described = " ".join(f"{name}:{kind}" for name, kind in TABLES[table].items())
    described = f"{VERSION} {described}"
    return f"{crc32(described.encode()):08x}"


def build_table_path(table: str, month: str) -> str:
    return build_file_path(f"{FOLDER}/{table}", month)


def build_file_path(folder: str, month: str) -> str:
    """A new one for each file."""
    return f"{folder}/month={month}/{new_id()}.parquet"
