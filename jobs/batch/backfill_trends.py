"""Compute the daily figures of every month whose order lines have changed since, from the dataset.

    ray job submit --working-dir . -- python -m jobs.batch.backfill_trends

Each month is a unit. Of a month that is over every version is kept: what was known of it, and what
is known now. `docs/dataset.md` says how to read them.
"""

from contextlib import closing
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click

from analytics.dataset import trends
from analytics.dataset.manifest import Manifest, read_manifest
from analytics.dataset.trends import TrendManifest, TrendWriter, WrittenTrends
from jobs.batch.dataset_lock import take_turn
from jobs.batch.runner import BatchRun, run_job
from webapp.adapters.storage.build import build_storage, open_storage
from webapp.adapters.storage.port import Storage
from webapp.db.session import Database
from webapp.kit.errors import Conflict


class NoDataset(Conflict):
    code = "NO_DATASET"

    def __init__(self) -> None:
        super().__init__(
            "There is no dataset of this version yet:"
            " run `python -m jobs.batch.export_orders` first"
        )


@dataclass(frozen=True)
class MonthTrends:
    """What a Ray task is sent: no settings, which hold the keys of the payments too."""

    storage_url: str
    time_zone: str
    manifest: Manifest

    def write(self, month: str) -> WrittenTrends:
        writer = TrendWriter(
            open_storage(self.storage_url), self.manifest, ZoneInfo(self.time_zone)
        )
        return writer.write(month)


def backfill_trends(run: BatchRun) -> list[str]:
    """Bring the figures up to date; return the months of which there is a new version. Raises
    `JobRuns`, `NoDataset`."""
    settings = run.settings
    storage = build_storage(settings)
    with (
        closing(Database.from_url(settings.require_database_url(), pool_size=1)) as db,
        take_turn(db, run),
    ):
        manifest = read_manifest(storage)
        if manifest is None:
            raise NoDataset
        found = TrendManifest(
            time_zone=settings.time_zone,
            home_currency=manifest.home_currency,
            metrics=trends.TREND_METRICS,
        )
        earlier = trends.read_trends(storage)
        if earlier is not None and earlier.is_alike(found):
            found = earlier
        months = [
            month
            for month in trends.list_local_months(
                manifest, ZoneInfo(settings.time_zone)
            )
            if not is_current(found, manifest, month)
        ]
        writer = MonthTrends(
            settings.absolute_storage_url, settings.time_zone, manifest
        )
        changed = []
        for month, written in run.run_units(
            writer.write,
            months,
            describe=lambda each: f"{each.version.as_of:%Y-%m-%d %H:%M}",
            count_rows=lambda each: each.rows,
        ):
            if found.add_version(month, written.version):
                changed.append(month)
            trends.save_trends(storage, found)
        _delete_others(storage, found)
    return sorted(changed)


def is_current(found: TrendManifest, manifest: Manifest, month: str) -> bool:
    """Whether the latest version has what the dataset says of the month."""
    versions = found.months.get(month)
    if not versions:
        return False
    latest = versions[-1]
    is_same = latest.lines == trends.fingerprint_lines(manifest, month)
    return is_same and (latest.is_over or latest.as_of == manifest.snapshot.taken_at)


def _delete_others(storage: Storage, found: TrendManifest) -> None:
    kept = {trends.TRENDS_KEY, *found.list_paths()}
    for path in storage.list_paths(trends.FOLDER):
        if path not in kept:
            storage.delete(path)


@click.command()
@click.option("--no-wait", is_flag=True, help="Exit with 75 where another job runs.")
def main(*, no_wait: bool) -> None:
    """Compute daily figures of every month from the dataset, those that changed."""
    run_job("backfill_trends", _backfill_and_describe, waits=not no_wait)


def _backfill_and_describe(run: BatchRun) -> str:
    changed = backfill_trends(run)
    where = build_storage(run.settings).uri(trends.TRENDS_KEY)
    return f"{len(changed)} months have new figures: {where}"


if __name__ == "__main__":
    main()
