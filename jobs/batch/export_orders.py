"""Export order lines as a Parquet dataset, only the months that changed.

    ray job submit --working-dir . -- python -m jobs.batch.export_orders
    python -m jobs.batch.export_orders --from 2026-01 --to 2026-03

Submitted to a cluster, each month is a Ray task; otherwise the months are written one by one.
A month is replaced whole and then recorded in the manifest: an export that is interrupted keeps
the months it has written, and the next export writes the rest.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import Self

import click
import ray

from analytics.facts import database, dataset
from analytics.facts.dataset import Manifest, MonthPartition
from webapp.adapters.storage.build import build_storage, open_storage
from webapp.adapters.storage.port import NotStored, Storage
from webapp.config import Settings, WrongSetting
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError

RAY_JOB_VARIABLE = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Environment variable that Ray sets only for an entry point run by `ray job submit`."""


@dataclass(frozen=True)
class ExportPlan:
    """Months to write and months to delete, with the fingerprint of every month."""

    months_to_write: list[str]
    months_to_delete: list[str]
    states: dict[str, str]


def plan_export(
    manifest: Manifest,
    states: dict[str, str],
    *,
    first: str | None = None,
    last: str | None = None,
    is_full: bool = False,
) -> ExportPlan:
    """Compare the manifest with the current fingerprints. `first` and `last` are inclusive."""

    def in_range(months: Sequence[str]) -> list[str]:
        return [
            month
            for month in months
            if (first is None or month >= first) and (last is None or month <= last)
        ]

    wanted = sorted(states) if is_full else manifest.list_stale_months(states)
    return ExportPlan(
        in_range(wanted), in_range(manifest.list_removed_months(states)), states
    )


@dataclass(frozen=True)
class MonthWriter:
    """Reads a month's lines from one place and writes them to the other.

    A Ray task is sent this instead of the settings, which hold the keys of the payments too.
    """

    database_url: str
    storage_url: str
    home_currency: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        return cls(
            settings.require_database_url(),
            settings.absolute_storage_url,
            settings.currency,
        )

    def write(self, month: str) -> int:
        """Replace the file of a month; return its number of rows."""
        start, end = dataset.month_bounds(month)
        with _open_database(self.database_url) as db, db.unit_of_work() as session:
            lines = database.extract_order_lines(
                session, home_currency=self.home_currency, start=start, end=end
            )
        content = BytesIO()
        lines.sort("at", "order_id").write_parquet(content, statistics=True)
        content.seek(0)
        open_storage(self.storage_url).put(dataset.partition_path(month), content)
        return lines.height


def export_orders(
    settings: Settings,
    *,
    first: str | None = None,
    last: str | None = None,
    is_full: bool = False,
    on_ray: bool = False,
) -> ExportPlan:
    """Bring the dataset up to date; return the plan that was carried out."""
    storage = build_storage(settings)
    manifest = read_manifest(storage)
    started_at = utc_now()
    # Computed before the lines are read: a change in between is exported next time.
    states = _month_fingerprints(settings)
    export_plan = plan_export(manifest, states, first=first, last=last, is_full=is_full)
    write_months = _write_on_ray if on_ray else _write_in_process
    written = write_months(
        MonthWriter.from_settings(settings), export_plan.months_to_write
    )
    for done, (month, rows) in enumerate(written, start=1):
        manifest.months[month] = MonthPartition(rows=rows, state=states[month])
        _save_manifest(storage, manifest)
        click.echo(
            f"{done}/{len(export_plan.months_to_write)}  {month}  {rows:,} lines"
        )
    for month in export_plan.months_to_delete:
        storage.delete(dataset.partition_path(month))
        del manifest.months[month]
    if not manifest.list_stale_months(states) and not manifest.list_removed_months(
        states
    ):
        manifest.as_of = started_at
    _save_manifest(storage, manifest)
    return export_plan


def read_manifest(storage: Storage) -> Manifest:
    try:
        return Manifest.model_validate_json(storage.read_bytes(dataset.MANIFEST_KEY))
    except NotStored:
        return Manifest()


def _save_manifest(storage: Storage, manifest: Manifest) -> None:
    storage.put(dataset.MANIFEST_KEY, manifest.model_dump_json(indent=1).encode())


def _month_fingerprints(settings: Settings) -> dict[str, str]:
    with (
        _open_database(settings.require_database_url()) as db,
        db.unit_of_work() as session,
    ):
        return database.compute_month_fingerprints(session)


def _open_database(url: str) -> closing[Database]:
    """Open one connection for this process, closed at the end of the block."""
    return closing(Database.from_url(url, pool_size=1))


def _write_in_process(
    writer: MonthWriter, months: Sequence[str]
) -> Iterator[tuple[str, int]]:
    return ((month, writer.write(month)) for month in months)


def _write_on_ray(
    writer: MonthWriter, months: Sequence[str]
) -> Iterator[tuple[str, int]]:
    """Yield each month and its rows as it completes, in any order."""
    write = ray.remote(num_cpus=1)(MonthWriter.write)
    month_by_ref = {write.remote(writer, month): month for month in months}
    pending = list(month_by_ref)
    while pending:
        [ready], pending = ray.wait(pending, num_returns=1)
        yield month_by_ref[ready], ray.get(ready)


def _validate_month(
    _: click.Context, __: click.Parameter, value: str | None
) -> str | None:
    if value is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
        raise click.BadParameter("must be a month such as 2026-03")
    return value


@click.command()
@click.option(
    "--from", "first", callback=_validate_month, help="First month, such as 2026-01."
)
@click.option("--to", "last", callback=_validate_month, help="Last month, included.")
@click.option("--full", is_flag=True, help="Write every month, changed or not.")
def main(first: str | None, last: str | None, *, full: bool) -> None:
    """Write order lines as Parquet to STORAGE_URL, one file per month."""
    is_submitted = RAY_JOB_VARIABLE in os.environ
    if is_submitted:
        ray.init(log_to_driver=False)
    try:
        settings = Settings.load()
        done = export_orders(
            settings, first=first, last=last, is_full=full, on_ray=is_submitted
        )
    except (WrongSetting, CommerceError) as error:
        sys.exit(str(error))
    unchanged = len(done.states) - len(done.months_to_write)
    where = build_storage(settings).uri(dataset.PARTITION_GLOB)
    click.echo(
        f"{len(done.months_to_write)} months written, {len(done.months_to_delete)} deleted, "
        f"{unchanged} unchanged: {where}"
    )


if __name__ == "__main__":
    main()
