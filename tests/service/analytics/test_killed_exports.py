"""Exports as processes that are killed: the dataset is always the whole of one state.

`ECOM67_EXPORT_KILLS=50` kills as many; without it a few.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from analytics.dataset import manifest as manifests
from analytics.dataset.months import month_bounds
from analytics.facts.database import extract_order_lines
from analytics.facts.line_columns import derive_columns
from tests.service.analytics.test_order_facts import insert_order
from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.port import Storage
from webapp.config import PROJECT_ROOT, Settings
from webapp.db.session import Database
from webapp.orders.models import Order

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

KILLS = int(os.environ.get("ECOM67_EXPORT_KILLS", "4"))
MONTHS = [f"{year}-{month:02}" for year in (2023, 2024, 2025) for month in range(1, 13)]
SEED = 7


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(database_url=postgres_url, var_dir=tmp_path)


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return build_storage(settings)


@pytest.fixture(autouse=True)
def _shop(database: Database) -> None:
    with database.unit_of_work() as session:
        for month in MONTHS:
            insert_order(session, placed_at=month_bounds(month)[0])


def start_export(settings: Settings) -> subprocess.Popen[str]:
    variables = {
        "DATABASE_URL": settings.require_database_url(),
        "VAR_DIR": str(settings.var_dir),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "jobs.batch.export_orders"],
        cwd=PROJECT_ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def export_until(settings: Settings, lines: int, delay: float) -> bool:
    """Kill an export some time after it has printed some lines. Whether it was done before."""
    with start_export(settings) as job:
        assert job.stdout is not None
        for _ in range(lines):
            job.stdout.readline()
        time.sleep(delay)
        job.kill()
        return job.wait() == 0


def sort_lines(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.sort("at", "order_number", "kind", "sku")


def read_database(database: Database) -> pl.DataFrame:
    with database.unit_of_work() as session:
        lines = extract_order_lines(session, home_currency="USD")
    return sort_lines(derive_columns(lines.lazy()).collect())


def read_dataset(storage: Storage) -> pl.DataFrame:
    manifest = manifests.read_manifest(storage)
    assert manifest is not None
    months = [
        storage.uri(each.file.path) for each in manifest.tables.order_lines.values()
    ]
    return sort_lines(pl.read_parquet(months, hive_partitioning=False))


def change_orders(database: Database, rng: random.Random) -> None:
    """In about a third of the months."""
    with database.unit_of_work() as session:
        orders = session.scalars(select(Order).order_by(Order.placed_at)).all()
        for order in rng.sample(orders, len(orders) // 3):
            order.status = rng.choice(["SHIPPED", "DELIVERED", "PROCESSING"])


def iterate_kills(rng: random.Random) -> Iterator[tuple[int, float]]:
    for _ in range(KILLS):
        yield rng.randrange(30), rng.random() * 0.1


def export_whole(settings: Settings) -> None:
    with start_export(settings) as job:
        printed, _ = job.communicate()
    assert job.returncode == 0, printed


def test_exports_that_are_killed_leave_the_last_whole_dataset(
    settings: Settings, storage: Storage, database: Database
) -> None:
    rng = random.Random(SEED)  # noqa: S311
    export_whole(settings)
    whole = read_database(database)
    cut_off = 0
    for lines, delay in iterate_kills(rng):
        change_orders(database, rng)
        now = read_database(database)
        is_done = export_until(settings, lines, delay)
        found = read_dataset(storage)
        assert found.equals(now) or (found.equals(whole) and not is_done)
        cut_off += found.equals(whole)
        whole = found

    export_whole(settings)
    assert read_dataset(storage).equals(read_database(database))
    assert manifests.read_unfinished(storage) is None
    assert cut_off
