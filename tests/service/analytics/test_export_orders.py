from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import ray
from sqlalchemy import select

from analytics.facts import dataset
from analytics.facts.database import extract_order_lines, load_order_facts
from jobs.batch import export_orders
from tests.service.analytics.test_order_facts import insert_order
from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.orders.models import Order

MONTHS = ["2025-12", "2026-01", "2026-02"]


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(database_url=postgres_url, var_dir=tmp_path)


@pytest.fixture
def storage(settings: Settings, database: Database) -> Storage:
    """Where the export writes; the shop has an order in each of three months."""
    with database.unit_of_work() as session:
        for month in MONTHS:
            month_start, _ = dataset.month_bounds(month)
            insert_order(session, placed_at=month_start)
    return build_storage(settings)


def read_export(storage: Storage) -> pl.DataFrame:
    return pl.read_parquet(storage.uri(dataset.PARTITION_GLOB), hive_partitioning=True)


def test_every_month_is_one_file_with_its_lines(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_plan = export_orders.export_orders(settings)

    assert export_plan.months_to_write == MONTHS
    assert read_export(storage)["month"].to_list() == MONTHS
    with database.unit_of_work() as session:
        lines = extract_order_lines(session, home_currency=settings.currency)
    assert read_export(storage).drop("month").sort("at").equals(lines.sort("at"))
    assert export_orders.read_manifest(storage).as_of is not None


def test_only_a_month_that_changed_is_written_again(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders.export_orders(settings)
    with database.unit_of_work() as session:
        order = session.scalars(select(Order).order_by(Order.placed_at)).first()
        assert order is not None
        order.status, order.updated_at = "SHIPPED", datetime.now(UTC)

    assert export_orders.export_orders(settings).months_to_write == ["2025-12"]
    assert export_orders.export_orders(settings).months_to_write == []
    assert read_export(storage)["status"].to_list() == [
        "SHIPPED",
        "DELIVERED",
        "DELIVERED",
    ]


def test_an_order_that_moves_takes_its_old_month_with_it(
    settings: Settings, storage: Storage, database: Database
) -> None:
    export_orders.export_orders(settings)
    with database.unit_of_work() as session:
        order = session.scalars(select(Order).order_by(Order.placed_at)).first()
        assert order is not None
        order.placed_at, order.updated_at = (
            datetime(2026, 2, 9, tzinfo=UTC),
            datetime.now(UTC),
        )

    export_plan = export_orders.export_orders(settings)

    assert (export_plan.months_to_write, export_plan.months_to_delete) == (
        ["2026-02"],
        ["2025-12"],
    )
    assert read_export(storage)["month"].to_list() == ["2026-01", "2026-02", "2026-02"]


def test_an_interrupted_export_continues_with_the_rest(
    settings: Settings, storage: Storage
) -> None:
    export_orders.export_orders(settings, last="2025-12")
    manifest = export_orders.read_manifest(storage)
    assert (list(manifest.months), manifest.as_of) == (["2025-12"], None)

    assert export_orders.export_orders(settings).months_to_write == MONTHS[1:]


def test_months_can_be_chosen_and_forced(settings: Settings, storage: Storage) -> None:
    export_orders.export_orders(settings)

    export_plan = export_orders.export_orders(
        settings, first="2026-01", last="2026-01", is_full=True
    )

    assert export_plan.months_to_write == ["2026-01"]
    assert len(read_export(storage)) == 3


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.ray
@pytest.mark.timeout(120)
@pytest.mark.usefixtures("cluster")
@pytest.mark.filterwarnings("default")
def test_a_cluster_exports_as_one_process_does(
    settings: Settings, storage: Storage, database: Database
) -> None:
    assert export_orders.export_orders(settings, on_ray=True).months_to_write == MONTHS
    with database.unit_of_work() as session:
        facts = load_order_facts(session, home_currency=settings.currency)
        lines = facts.lines.collect()
    exported = pl.concat(
        pl.read_parquet(storage.uri(dataset.partition_path(month))) for month in MONTHS
    )

    assert (
        exported.select(lines.columns)
        .sort(lines.columns)
        .equals(lines.sort(lines.columns))
    )
