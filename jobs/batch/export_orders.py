"""Export order lines as a Parquet dataset, only the months that changed.

    ray job submit --working-dir . -- python -m jobs.batch.export_orders

Submitted to a cluster, each month is a Ray task; otherwise the months are written one by one. All
months are of one snapshot of the database. The manifest, written last, names the files: an export
that is interrupted leaves the dataset as it was.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import click
import polars as pl
import ray
from sqlalchemy.orm import Session

from analytics.facts import changes, database, dataset
from analytics.facts.changes import ChangedOrders, DatabaseSnapshot
from analytics.facts.dataset import Manifest, MonthPartition
from analytics.facts.line_columns import derive_columns
from analytics.facts.schemas import ORDER_LINES
from analytics.semantic.spellings import SPELLED, list_month_spellings
from webapp.adapters.storage.build import build_storage, open_storage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings, WrongSetting
from webapp.db.session import Database
from webapp.kit.errors import CommerceError, Conflict

RAY_JOB_VARIABLE = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Environment variable that Ray sets only for an entry point run by `ray job submit`."""


class ExportRuns(Conflict):
    code = "EXPORT_RUNS"


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
    _write_frame(storage, path, ordered)
    _write_frame(storage, spellings_path, list_month_spellings(ordered))
    return MonthPartition.describe(ordered, path=path, spellings_path=spellings_path)


def _write_frame(storage: Storage, path: str, frame: pl.DataFrame) -> None:
    content = BytesIO()
    frame.write_parquet(content, statistics=True)
    content.seek(0)
    storage.put(path, content)
    stored = pl.read_parquet(
        storage.uri(path),
        hive_partitioning=False,
        storage_options=storage.scan_options,
    )
    if not stored.equals(frame):
        raise WrongFile(path)


def export_orders(
    settings: Settings, *, is_full: bool = False, on_ray: bool = False
) -> ExportPlan:
    """Bring the dataset up to date; return what was done. Raises `ExportRuns`."""
    storage = build_storage(settings)
    with (
        _open_database(settings.require_database_url()) as db,
        db.unit_of_work() as session,
    ):
        snapshot = changes.take_snapshot(session)
        if not changes.lock_dataset(session):
            raise ExportRuns("Another export runs; try again when it is done")
        earlier = dataset.read_manifest(storage)
        plan = plan_export(
            session,
            snapshot,
            *(storage, None if is_full else earlier),
            home_currency=settings.currency,
        )
        writer = MonthWriter.from_settings(settings, changes.share_snapshot(session))
        months = dict(plan.unchanged)
        write_months = _write_on_ray if on_ray else _write_in_process
        written = write_months(writer, plan.months_to_write)
        for done, (month, partition) in enumerate(written, start=1):
            rows = 0 if partition is None else partition.rows
            click.echo(f"{done}/{len(plan.months_to_write)}  {month}  {rows:,} lines")
            if partition is not None:
                months[month] = partition
        manifest = Manifest(
            snapshot=snapshot,
            home_currency=settings.currency,
            columns=dataset.fingerprint_columns(),
            spelled=SPELLED,
            months=months,
        )
        _replace_manifest(storage, earlier, manifest)
    return plan


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
    if (
        manifest is None
        or manifest.spelled != SPELLED
        or not manifest.is_known_to(snapshot, home_currency=home_currency)
    ):
        return ExportPlan(database.list_months(session), {})
    changed = changes.list_changed_orders(session, since=manifest.snapshot)
    if changed.affected.is_empty():
        return ExportPlan([], manifest.months)
    lines = database.extract_order_lines(
        session, home_currency=home_currency, numbers=changed.affected
    )
    stored = _read_stored_lines(storage, manifest, changed)
    now, before = (dict(dataset.iterate_months(each)) for each in (lines, stored))
    months = sorted(
        month
        for month in now.keys() | before.keys()
        if month not in now
        or month not in before
        or not _sort_lines(now[month]).equals(_sort_lines(before[month]))
    )
    kept = {name: each for name, each in manifest.months.items() if name not in months}
    return ExportPlan(months, kept)


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
    """Open one connection for this process, closed at the end of the block."""
    return closing(Database.from_url(url, pool_size=1))


def _write_in_process(
    writer: MonthWriter, months: Sequence[str]
) -> Iterator[tuple[str, MonthPartition | None]]:
    return ((month, writer.write(month)) for month in months)


def _write_on_ray(
    writer: MonthWriter, months: Sequence[str]
) -> Iterator[tuple[str, MonthPartition | None]]:
    """Yield each month and its file as it completes, in any order."""
    write = ray.remote(num_cpus=1)(MonthWriter.write)
    month_by_ref = {write.remote(writer, month): month for month in months}
    pending = list(month_by_ref)
    while pending:
        [ready], pending = ray.wait(pending, num_returns=1)
        yield month_by_ref[ready], ray.get(ready)


@click.command()
@click.option("--full", is_flag=True, help="Write every month, changed or not.")
def main(*, full: bool) -> None:
    """Write order lines as Parquet to STORAGE_URL, one file per month."""
    is_submitted = RAY_JOB_VARIABLE in os.environ
    if is_submitted:
        ray.init(log_to_driver=False)
    try:
        settings = Settings.load()
        done = export_orders(settings, is_full=full, on_ray=is_submitted)
    except (WrongSetting, CommerceError) as error:
        sys.exit(str(error))
    where = build_storage(settings).uri(dataset.MANIFEST_KEY)
    click.echo(
        f"{len(done.months_to_write)} months written, {len(done.unchanged)} unchanged: {where}"
    )


if __name__ == "__main__":
    main()
