"""Export orders, customers, payments, stock and searches as a Parquet dataset, only the months that
changed.

    ray job submit --working-dir . -- python -m jobs.batch.export_orders

Submitted to a cluster, each month of a table is a Ray task; otherwise they are written one by one.
All are of one snapshot of the database. The manifest, written last, names the files: an export that
is interrupted leaves the dataset as it was. What it had finished is kept: the next export takes the
files of the months that have not changed since. `docs/dataset.md` describes the tables.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import click
import polars as pl
from sqlalchemy.orm import Session

from analytics.dataset import manifest as manifests
from analytics.dataset.event_tables import EVENT_TABLES
from analytics.dataset.manifest import Manifest, TablePartition, Tables
from analytics.dataset.order_tables import has_deleted_accounts
from analytics.dataset.planning import ExportPlan, Planner, fingerprint_tables
from analytics.dataset.writing import read_month, write_month
from analytics.facts import changes
from analytics.facts.database import extract_order_customers
from analytics.semantic.spellings import SPELLED
from jobs.batch.dataset_lock import take_turn
from jobs.batch.runner import BatchRun, run_job
from webapp.adapters.storage.build import build_storage, open_storage
from webapp.adapters.storage.port import Storage
from webapp.db.session import Database

EARLIER_FOLDER = "orders"
"""Of datasets before format 4."""


@dataclass(frozen=True)
class MonthWriter:
    """Reads the rows of a month from one place and writes them to the other.

    A Ray task is sent this instead of the settings, which hold the keys of the payments too.
    """

    database_url: str
    storage_url: str
    home_currency: str
    snapshot: str
    """The name of the snapshot that all months are read from."""
    customers: pl.DataFrame | None
    """Of all orders of the snapshot; None where no month of a table of orders is written."""

    def write(self, unit: str) -> TablePartition | None:
        """Write a new file of a table's month, `orders/2026-03`; none for a month without rows.
        Raises `WrongFile`."""
        table, month = unit.split("/")
        with (
            closing(Database.from_url(self.database_url, pool_size=1)) as db,
            db.unit_of_work() as session,
        ):
            changes.join_snapshot(session, self.snapshot)
            rows = read_month(
                session,
                table,
                month,
                home_currency=self.home_currency,
                customers=self.customers,
            )
        if rows.is_empty():
            return None
        return write_month(open_storage(self.storage_url), table, month, rows)


@dataclass(frozen=True)
class ExportResult:
    """How many files became what; a month of order lines has two."""

    plan: ExportPlan
    written: int
    resumed: int
    """Of an export before that was cut off."""
    unchanged: int

    def __str__(self) -> str:
        resumed = f", {self.resumed} of an export before" if self.resumed else ""
        return f"{self.written} files written{resumed}, {self.unchanged} unchanged"


def export_orders(run: BatchRun, *, is_full: bool = False) -> ExportResult:
    """Bring the dataset up to date. Raises `JobRuns`, `WrongFile`."""
    settings = run.settings
    storage = build_storage(settings)
    with (
        closing(Database.from_url(settings.require_database_url(), pool_size=2)) as db,
        take_turn(db, run),
        db.unit_of_work() as session,
    ):
        snapshot = changes.take_snapshot(session)
        planner = Planner(
            session, storage, snapshot=snapshot, home_currency=settings.currency
        )
        earlier = manifests.read_manifest(storage)
        plan = planner.plan_tables(None if is_full else earlier)
        manifest = Manifest(
            snapshot=snapshot,
            home_currency=settings.currency,
            columns=fingerprint_tables(),
            spelled=SPELLED,
            tables=_find_finished(run, storage, planner, plan, is_full=is_full),
        )
        resumed = len(manifest.tables.list_paths())
        units = _list_missing(plan, manifest.tables)
        writer = MonthWriter(
            settings.require_database_url(),
            settings.absolute_storage_url,
            settings.currency,
            changes.share_snapshot(session),
            _find_customers(session, units),
        )
        for unit, partition in run.run_units(
            writer.write, units, describe=_describe_rows, count_rows=_count_rows
        ):
            if partition is not None:
                table, month = unit.split("/")
                partition.fingerprint = planner.find_fingerprint(table, month)
                manifest.tables.get_table(table)[month] = partition
                manifests.save_unfinished(storage, manifest, is_full=is_full)
        done = len(manifest.tables.list_paths())
        for table, each in plan.items():
            manifest.tables.get_table(table).update(each.kept)
        _replace_manifest(session, storage, earlier, manifest)
    unchanged = len(manifest.tables.list_paths()) - done
    return ExportResult(plan, done - resumed, resumed, unchanged)


def _find_customers(session: Session, units: Sequence[str]) -> pl.DataFrame | None:
    tables = {unit.split("/")[0] for unit in units}
    if tables <= EVENT_TABLES.keys():
        return None
    return extract_order_customers(session)


def _describe_rows(partition: TablePartition | None) -> str:
    return f"{_count_rows(partition):,} rows"


def _count_rows(partition: TablePartition | None) -> int:
    return 0 if partition is None else partition.rows


def _find_finished(
    run: BatchRun,
    storage: Storage,
    planner: Planner,
    plan: ExportPlan,
    *,
    is_full: bool,
) -> Tables:
    """Of the months to write, those that an export which was interrupted has written, and that have
    not changed since."""
    tables = Tables()
    found = manifests.read_unfinished(storage)
    if found is None or found.is_full < is_full:
        return tables
    for table, each in planner.plan_tables(found.manifest).items():
        tables.get_table(table).update(
            (month, partition)
            for month, partition in each.kept.items()
            if month in plan[table].months
        )
    count = len(tables.list_paths())
    if count:
        run.print_line(f"{count} files are there from an export before")
    return tables


def _list_missing(plan: ExportPlan, done: Tables) -> Sequence[str]:
    return [
        f"{table}/{month}"
        for table, each in plan.items()
        for month in each.months
        if month not in done.get_table(table)
    ]


def _replace_manifest(
    session: Session, storage: Storage, earlier: Manifest | None, manifest: Manifest
) -> None:
    """Save the manifest, and delete files that no query reads any more: those retired long ago, and
    those of exports that were interrupted. Where an account was deleted, no earlier file stays: it
    says which orders were of one person."""
    now = manifest.snapshot.taken_at
    used = manifest.tables.list_paths()
    if earlier is not None:
        replaced = earlier.tables.list_paths() - used
        manifest.retired = dict.fromkeys(sorted(replaced), now) | earlier.retired
        if has_deleted_accounts(session, since=earlier.snapshot.taken_at):
            manifest.retired = {}
    for path in manifest.list_expired_files(now):
        del manifest.retired[path]
    manifests.save_manifest(storage, manifest)
    kept = {manifests.MANIFEST_KEY, *used, *manifest.retired}
    for folder in (manifests.FOLDER, EARLIER_FOLDER):
        for path in storage.list_paths(folder):
            if path not in kept:
                storage.delete(path)


@click.command()
@click.option("--full", is_flag=True, help="Write every month, changed or not.")
@click.option("--no-wait", is_flag=True, help="Exit with 75 where another export runs.")
def main(*, full: bool, no_wait: bool) -> None:
    """Write orders, customers, payments, stock and searches as Parquet to STORAGE_URL, a file for
    each month of a table."""
    run_job(
        "export_orders",
        lambda run: _export_and_describe(run, is_full=full),
        waits=not no_wait,
    )


def _export_and_describe(run: BatchRun, *, is_full: bool) -> str:
    result = export_orders(run, is_full=is_full)
    where = build_storage(run.settings).uri(manifests.MANIFEST_KEY)
    return f"{result}: {where}"


if __name__ == "__main__":
    main()
