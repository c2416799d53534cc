"""Export order lines as a Parquet dataset, only the months that changed.

    ray job submit --working-dir . -- python -m jobs.batch.export_orders

Submitted to a cluster, each month is a Ray task; otherwise the months are written one by one. All
months are of one snapshot of the database. The manifest, written last, names the files: an export
that is interrupted leaves the dataset as it was. What it had finished is kept: the next export
takes the files of the months that have not changed since.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import click
import polars as pl
from sqlalchemy.orm import Session

from analytics.facts import changes, database, dataset
from analytics.facts.changes import ChangedOrders, DatabaseSnapshot
from analytics.facts.dataset import (
    DatasetFile,
    Manifest,
    MonthPartition,
    UnfinishedExport,
)
from analytics.facts.line_columns import derive_columns
from analytics.facts.schemas import ORDER_LINES
from analytics.semantic.spellings import SPELLED, list_month_spellings
from jobs.batch.runner import BatchRun, JobRuns, run_job
from webapp.adapters.storage.build import build_storage, open_storage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings
from webapp.db.session import Database


class WrongFile(Exception):
    """A file does not have the lines that were written to it."""


@dataclass(frozen=True)
class ExportPlan:
    """Months to write anew, and months whose files stay."""

    months_to_write: Sequence[str]
    unchanged: dict[str, MonthPartition]


@dataclass(frozen=True)
class MonthWriter:
    """Reads a month's lines from one place and writes them to the other.

    A Ray task is sent this instead of the settings, which hold the keys of the payments too.
    """

    database_url: str
    storage_url: str
    home_currency: str
    snapshot: str
    """The name of the snapshot that all months are read from."""

    @classmethod
    def from_settings(cls, settings: Settings, snapshot: str) -> Self:
        return cls(
            settings.require_database_url(),
            settings.absolute_storage_url,
            settings.currency,
            snapshot,
        )

    def write(self, month: str) -> MonthPartition | None:
        """Write a new file; none for a month without lines. Raises `WrongFile`."""
        start, end = dataset.month_bounds(month)
        with _open_database(self.database_url) as db, db.unit_of_work() as session:
            changes.join_snapshot(session, self.snapshot)
            lines = database.extract_order_lines(
                session, home_currency=self.home_currency, start=start, end=end
            )
        if lines.is_empty():
            return None
        return write_month(open_storage(self.storage_url), month, lines)


def write_month(storage: Storage, month: str, lines: pl.DataFrame) -> MonthPartition:
    """Write the lines of a month, and read them back. Raises `WrongFile`."""
    path, spellings_path = dataset.build_partition_paths(month)
    ordered = derive_columns(lines.lazy()).collect().sort("at", "order_number")
    return MonthPartition.describe(
        ordered,
        file=_write_frame(storage, path, ordered),
        spellings=_write_frame(storage, spellings_path, list_month_spellings(ordered)),
    )


def _write_frame(storage: Storage, path: str, frame: pl.DataFrame) -> DatasetFile:
    buffer = BytesIO()
    frame.write_parquet(buffer, statistics=True)
    content = buffer.getvalue()
    storage.put(path, content)
    stored = pl.read_parquet(
        storage.uri(path),
        hive_partitioning=False,
        storage_options=storage.scan_options,
    )
    if not stored.equals(frame):
        raise WrongFile(path)
    return DatasetFile.describe(path, content)


def export_orders(run: BatchRun, *, is_full: bool = False) -> ExportPlan:
    """Bring the dataset up to date; return what was done. Raises `JobRuns`."""
    settings = run.settings
    storage = build_storage(settings)
    with (
        _open_database(settings.require_database_url()) as db,
        _take_turn(db, run),
        db.unit_of_work() as session,
    ):
        snapshot = changes.take_snapshot(session)
        earlier = dataset.read_manifest(storage)
        plan = plan_export(
            session,
            snapshot,
            *(storage, None if is_full else earlier),
            home_currency=settings.currency,
        )
        manifest = Manifest(
            snapshot=snapshot,
            home_currency=settings.currency,
            columns=dataset.fingerprint_columns(),
            spelled=SPELLED,
            months=dict(plan.unchanged),
        )
        done = _find_finished(session, storage, manifest, plan, is_full=is_full)
        progress = manifest.model_copy(update={"months": done})
        writer = MonthWriter.from_settings(settings, changes.share_snapshot(session))
        missing = [month for month in plan.months_to_write if month not in done]
        if done:
            run.print_line(f"{len(done)} months are there from an export before")
        for month, partition in run.run_units(
            writer.write, missing, describe=_describe_month
        ):
            if partition is not None:
                progress.months[month] = partition
                dataset.save_unfinished(storage, progress, is_full=is_full)
        manifest.months |= progress.months
        _replace_manifest(storage, earlier, manifest)
    return plan


@contextmanager
def _take_turn(db: Database, run: BatchRun) -> Iterator[None]:
    """No other export of the database runs meanwhile. The lock has a transaction of its own: that
    of the export must begin when the other one is over. Raises `JobRuns`."""
    with db.unit_of_work() as session:
        if not changes.lock_dataset(session):
            if not run.waits:
                raise JobRuns("Another export runs; try again when it is done")
            run.print_line("Another export runs: waiting for its end")
            changes.await_dataset(session)
        yield


def _describe_month(partition: MonthPartition | None) -> str:
    return f"{0 if partition is None else partition.rows:,} lines"


def _find_finished(
    session: Session,
    storage: Storage,
    manifest: Manifest,
    plan: ExportPlan,
    *,
    is_full: bool,
) -> dict[str, MonthPartition]:
    """Of the months to write, those that an export which was interrupted has written, and that have
    not changed since."""
    found = dataset.read_unfinished(storage)
    if found is None or not _can_go_on(found, manifest, is_full=is_full):
        return {}
    changed = _list_changed_months(session, storage, found.manifest)
    return {
        month: each
        for month, each in found.manifest.months.items()
        if month in plan.months_to_write
        and month not in changed
        and all(map(storage.exists, each.paths))
    }


def _can_go_on(found: UnfinishedExport, manifest: Manifest, *, is_full: bool) -> bool:
    is_current = _is_current(
        found.manifest, manifest.snapshot, home_currency=manifest.home_currency
    )
    return is_current and found.is_full >= is_full


def _is_current(
    manifest: Manifest, snapshot: DatabaseSnapshot, *, home_currency: str
) -> bool:
    """Whether its files, but for what has changed since, are what an export would write."""
    is_known = manifest.is_known_to(snapshot, home_currency=home_currency)
    return is_known and manifest.spelled == SPELLED


def plan_export(
    session: Session,
    snapshot: DatabaseSnapshot,
    storage: Storage,
    manifest: Manifest | None,
    *,
    home_currency: str,
) -> ExportPlan:
    """Months whose lines differ from their files; all of them where there is no dataset that this
    snapshot is a later state of."""
    if manifest is None or not _is_current(
        manifest, snapshot, home_currency=home_currency
    ):
        return ExportPlan(database.list_months(session), {})
    months = _list_changed_months(session, storage, manifest)
    kept = {name: each for name, each in manifest.months.items() if name not in months}
    return ExportPlan(months, kept)


def _list_changed_months(
    session: Session, storage: Storage, manifest: Manifest
) -> Sequence[str]:
    """Those whose lines are not what the files of a manifest have of them."""
    changed = changes.list_changed_orders(session, since=manifest.snapshot)
    if changed.affected.is_empty():
        return []
    lines = database.extract_order_lines(
        session, home_currency=manifest.home_currency, numbers=changed.affected
    )
    stored = _read_stored_lines(storage, manifest, changed)
    now, before = (dict(dataset.iterate_months(each)) for each in (lines, stored))
    return sorted(
        month
        for month in now.keys() | before.keys()
        if month not in now
        or month not in before
        or not _sort_lines(now[month]).equals(_sort_lines(before[month]))
    )


def _read_stored_lines(
    storage: Storage, manifest: Manifest, changed: ChangedOrders
) -> pl.DataFrame:
    """What the files have of the orders that have changed."""
    files = manifest.list_files(storage, changed=changed)
    urls = [month.url for month in files if not month.outdated.is_empty()]
    if not urls:
        return ORDER_LINES.to_frame()
    stored = pl.scan_parquet(
        urls, hive_partitioning=False, storage_options=storage.scan_options
    )
    wanted = changed.affected.to_frame("order_number").lazy()
    found = stored.join(wanted, on="order_number", how="semi")
    return found.select(ORDER_LINES.names()).collect(engine="streaming")


def _sort_lines(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.sort(pl.all())


def _replace_manifest(
    storage: Storage, earlier: Manifest | None, manifest: Manifest
) -> None:
    """Save the manifest, and delete files that no query reads any more: those retired long ago, and
    those of exports that were interrupted."""
    now = manifest.snapshot.taken_at
    used = _list_paths(manifest)
    if earlier is not None:
        replaced = _list_paths(earlier) - used
        manifest.retired = dict.fromkeys(sorted(replaced), now) | earlier.retired
    expired = manifest.list_expired_files(now)
    for path in expired:
        del manifest.retired[path]
    dataset.save_manifest(storage, manifest)
    kept = {dataset.MANIFEST_KEY, *used, *manifest.retired}
    for path in storage.list_paths(dataset.FOLDER):
        if path not in kept:
            storage.delete(path)


def _list_paths(manifest: Manifest) -> set[str]:
    return {path for month in manifest.months.values() for path in month.paths}


def _open_database(url: str) -> closing[Database]:
    """Open connections for this process, closed at the end of the block."""
    return closing(Database.from_url(url, pool_size=2))


@click.command()
@click.option("--full", is_flag=True, help="Write every month, changed or not.")
@click.option("--no-wait", is_flag=True, help="Exit with 75 where another export runs.")
def main(*, full: bool, no_wait: bool) -> None:
    """Write order lines as Parquet to STORAGE_URL, one file per month."""
    run_job(lambda run: _export_and_describe(run, is_full=full), waits=not no_wait)


def _export_and_describe(run: BatchRun, *, is_full: bool) -> str:
    done = export_orders(run, is_full=is_full)
    where = build_storage(run.settings).uri(dataset.MANIFEST_KEY)
    return f"{len(done.months_to_write)} months written, {len(done.unchanged)} unchanged: {where}"


if __name__ == "__main__":
    main()
