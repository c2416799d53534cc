"""Writes the Parquet dataset of order lines, only the months that changed.

    ray job submit --working-dir . -- python -m jobs.batch.export_orders
    python -m jobs.batch.export_orders --from 2026-01 --to 2026-03

Submitted to a cluster, each month is a Ray task; alone, they are written one by one. A month
is replaced whole, and noted in the manifest when it is: an export that is cut short has
written what it has written, and the next one writes the rest.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO

import click
import ray

from analytics import dataset, extract
from analytics.dataset import Manifest, MonthPartition
from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.port import NotStored, Storage
from webapp.config import Settings, WrongSetting
from webapp.db.session import Database
from webapp.kit.clock import utc_now
from webapp.kit.errors import CommerceError

SUBMITTED = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""Set by Ray for what `ray job submit` runs, and for nothing else."""


@dataclass(frozen=True)
class ExportPlan:
    """What an export does: months to write and those to delete."""

    months_to_write: list[str]
    months_to_delete: list[str]
    states: dict[str, str]


def plan(
    manifest: Manifest,
    states: dict[str, str],
    *,
    first: str | None = None,
    last: str | None = None,
    is_full: bool = False,
) -> ExportPlan:
    """Pure. `first` and `last` are months, both included."""

    def chosen(months: Sequence[str]) -> list[str]:
        return [
            month
            for month in months
            if (first is None or month >= first) and (last is None or month <= last)
        ]

    wanted = sorted(states) if is_full else manifest.list_stale_months(states)
    return ExportPlan(
        chosen(wanted), chosen(manifest.list_removed_months(states)), states
    )


def write_month(settings: Settings, month: str) -> int:
    """Read one month and replace its file; how many rows it has."""
    start, end = dataset.month_bounds(month)
    with _database(settings) as db, db.unit_of_work() as session:
        lines = extract.extract_order_lines(session, start=start, end=end)
    content = BytesIO()
    lines.sort("at", "order_id").write_parquet(content, statistics=True)
    content.seek(0)
    build_storage(settings).put(dataset.partition_path(month), content)
    return lines.height


def export_orders(
    settings: Settings,
    *,
    first: str | None = None,
    last: str | None = None,
    is_full: bool = False,
    on_ray: bool = False,
) -> ExportPlan:
    """Bring the dataset up to date; what was done."""
    storage = build_storage(settings)
    manifest = read_manifest(storage)
    looked_at = utc_now()
    # Looked at before the lines are read: a change in between is found next time.
    states = _states(settings)
    todo = plan(manifest, states, first=first, last=last, is_full=is_full)
    written = (
        _on_ray(settings, todo.months_to_write)
        if on_ray
        else _here(settings, todo.months_to_write)
    )
    for done, (month, rows) in enumerate(written, start=1):
        manifest.months[month] = MonthPartition(rows=rows, state=states[month])
        _keep(storage, manifest)
        _say(f"{done}/{len(todo.months_to_write)}  {month}  {rows:,} lines")
    for month in todo.months_to_delete:
        storage.delete(dataset.partition_path(month))
        del manifest.months[month]
    if not manifest.list_stale_months(states) and not manifest.list_removed_months(
        states
    ):
        manifest.as_of = looked_at
    _keep(storage, manifest)
    return todo


def read_manifest(storage: Storage) -> Manifest:
    try:
        return Manifest.model_validate_json(storage.read_bytes(dataset.MANIFEST_KEY))
    except NotStored:
        return Manifest()


def _keep(storage: Storage, manifest: Manifest) -> None:
    storage.put(dataset.MANIFEST_KEY, manifest.model_dump_json(indent=1).encode())


def _states(settings: Settings) -> dict[str, str]:
    with _database(settings) as db, db.unit_of_work() as session:
        return extract.compute_month_fingerprints(session)


def _database(settings: Settings) -> closing[Database]:
    """Each process of the job has a connection of its own, and gives it back."""
    return closing(Database.from_url(settings.require_database_url(), pool_size=1))


def _here(settings: Settings, months: Sequence[str]) -> Iterator[tuple[str, int]]:
    return ((month, write_month(settings, month)) for month in months)


def _on_ray(settings: Settings, months: Sequence[str]) -> Iterator[tuple[str, int]]:
    """As they become ready, in whatever order."""
    write = ray.remote(num_cpus=1)(write_month)
    months_of = {write.remote(settings, month): month for month in months}
    waiting = list(months_of)
    while waiting:
        [ready], waiting = ray.wait(waiting, num_returns=1)
        yield months_of[ready], ray.get(ready)


def _month(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
        raise click.BadParameter("a month such as 2026-03")
    return value


def _say(text: str) -> None:
    click.echo(text)


@click.command()
@click.option("--from", "first", callback=_month, help="First month, such as 2026-01.")
@click.option("--to", "last", callback=_month, help="Last month, included.")
@click.option("--full", is_flag=True, help="Write every month, changed or not.")
def main(first: str | None, last: str | None, *, full: bool) -> None:
    """Write order lines as Parquet to STORAGE_URL, one file a month."""
    is_submitted = SUBMITTED in os.environ
    if is_submitted:
        ray.init(log_to_driver=False)
    try:
        settings = Settings.load()
        done = export_orders(
            settings, first=first, last=last, is_full=full, on_ray=is_submitted
        )
    except (WrongSetting, CommerceError) as problem:
        sys.exit(str(problem))
    unchanged = len(done.states) - len(done.months_to_write)
    where = build_storage(settings).uri(dataset.PARTITION_GLOB)
    _say(
        f"{len(done.months_to_write)} months written, {len(done.months_to_delete)} deleted, "
        f"{unchanged} left as they were: {where}"
    )


if __name__ == "__main__":
    main()
