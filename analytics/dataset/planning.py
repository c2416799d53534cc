"""Which months of which tables are written again: those whose rows are not what the files have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
from sqlalchemy.orm import Session

from analytics.dataset.event_tables import EVENT_TABLES
from analytics.dataset.manifest import (
    FOLDER,
    TABLES,
    Manifest,
    Partitions,
    fingerprint_columns,
)
from analytics.dataset.months import iterate_months
from analytics.dataset.order_tables import OrderTable, build_order_tables
from analytics.facts.changes import (
    ChangedOrders,
    DatabaseSnapshot,
    list_changed_orders,
)
from analytics.facts.database import list_months
from analytics.semantic.spellings import SPELLED
from webapp.adapters.storage.port import Storage


@dataclass(frozen=True)
class TablePlan:
    """Months to write anew, and those whose files stay."""

    months: Sequence[str]
    kept: Partitions


ExportPlan = Mapping[str, TablePlan]
"""By table."""


class Planner:
    """Compares files with the snapshot that a session sees."""

    def __init__(
        self,
        session: Session,
        storage: Storage,
        *,
        snapshot: DatabaseSnapshot,
        home_currency: str,
    ) -> None:
        self._session = session
        self._storage = storage
        self._snapshot = snapshot
        self._home_currency = home_currency
        self._order_tables = build_order_tables(home_currency)

    def plan_tables(self, manifest: Manifest | None) -> ExportPlan:
        """Without a manifest every month is to be written."""
        return {
            **self._plan_order_tables(manifest),
            **{name: self._plan_events(name, manifest) for name in EVENT_TABLES},
        }

    def find_fingerprint(self, table: str, month: str) -> str | None:
        """None of a table that has none."""
        return self._fingerprints.get(table, {}).get(month)

    @cached_property
    def _fingerprints(self) -> Mapping[str, Mapping[str, str]]:
        """Of the tables of events, by month."""
        return {
            name: table.list_fingerprints(self._session)
            for name, table in EVENT_TABLES.items()
        }

    @cached_property
    def _present(self) -> frozenset[str]:
        """Paths of the files that there are."""
        return frozenset(self._storage.list_paths(FOLDER))

    def _list_stored(self, name: str, manifest: Manifest) -> Partitions:
        """Of a table, the months whose files are there: somebody may have deleted some."""
        return {
            month: each
            for month, each in manifest.tables.get_table(name).items()
            if self._present.issuperset(each.paths)
        }

    @cached_property
    def _months(self) -> Sequence[str]:
        return list_months(self._session)

    def _plan_order_tables(self, manifest: Manifest | None) -> ExportPlan:
        if manifest is None or not self._is_current(manifest):
            return {name: TablePlan(self._months, {}) for name in self._order_tables}
        changed = list_changed_orders(self._session, since=manifest.snapshot)
        return {
            name: self._plan_orders(name, manifest, changed)
            for name in self._order_tables
        }

    def _is_current(self, manifest: Manifest) -> bool:
        """Whether its order lines, but for what has changed since, are what would be written."""
        is_known = manifest.is_known_to(
            self._snapshot, home_currency=self._home_currency
        )
        return is_known and manifest.spelled == SPELLED

    def _plan_orders(
        self, name: str, manifest: Manifest, changed: ChangedOrders
    ) -> TablePlan:
        if not _has_columns(manifest, name):
            return TablePlan(self._months, {})
        stored = self._list_stored(name, manifest)
        months = sorted(
            {
                *self._list_changed_months(name, stored, changed.affected),
                *(manifest.tables.get_table(name).keys() - stored.keys()),
            }
        )
        return TablePlan(months, _drop_months(stored, months))

    def _list_changed_months(
        self, name: str, stored: Partitions, numbers: pl.Series
    ) -> Sequence[str]:
        """Those in which the rows of some orders are not what the files have of them."""
        if numbers.is_empty():
            return []
        table = self._order_tables[name]
        rows = table.extract(self._session, numbers=numbers)
        now = dict(iterate_months(rows))
        before = dict(iterate_months(self._read_rows(table, stored, numbers)))
        return sorted(
            month
            for month in now.keys() | before.keys()
            if month not in now
            or month not in before
            or not _sort_rows(now[month]).equals(_sort_rows(before[month]))
        )

    def _read_rows(
        self, table: OrderTable, stored: Partitions, numbers: pl.Series
    ) -> pl.DataFrame:
        """What the files have of some orders."""
        urls = [self._storage.uri(each.file.path) for each in stored.values()]
        if not urls:
            return table.schema.to_frame()
        rows = pl.scan_parquet(
            urls,
            hive_partitioning=False,
            storage_options=self._storage.scan_options,
        )
        wanted = numbers.to_frame(table.number).lazy()
        found = rows.join(wanted, on=table.number, how="semi")
        return found.select(table.schema.names()).collect(engine="streaming")

    def _plan_events(self, name: str, manifest: Manifest | None) -> TablePlan:
        now = self._fingerprints[name]
        stored: Partitions = {}
        if manifest is not None and _has_columns(manifest, name):
            stored = self._list_stored(name, manifest)
        kept = {
            month: each
            for month, each in stored.items()
            if each.fingerprint == now.get(month)
        }
        return TablePlan(sorted(now.keys() - kept.keys()), kept)


def fingerprint_tables() -> dict[str, str]:
    """The columns of each table that an export writes."""
    return {name: fingerprint_columns(name) for name in TABLES}


def _has_columns(manifest: Manifest, table: str) -> bool:
    return manifest.columns.get(table) == fingerprint_columns(table)


def _drop_months(stored: Partitions, months: Sequence[str]) -> Partitions:
    return {month: each for month, each in stored.items() if month not in months}


def _sort_rows(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort(pl.all())
