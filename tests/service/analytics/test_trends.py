"""Daily figures by month: those of a query, each version kept, and only what changed computed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from sqlalchemy import select, text

from analytics.dataset import trends
from analytics.dataset.trends import TREND_METRICS, TrendManifest
from analytics.exports.frames import build_frame
from analytics.facts.database import load_order_facts
from analytics.semantic.execution import run_query
from jobs.batch.backfill_trends import NoDataset, backfill_trends
from jobs.batch.export_orders import export_orders
from jobs.batch.runner import BatchRun
from tests.service.analytics.test_order_facts import insert_order, insert_refunds
from webapp.adapters.storage.build import build_storage
from webapp.adapters.storage.port import Storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.exported_dataset import DatasetDamaged
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.orders.models import Order

pytestmark = pytest.mark.slow

BERLIN = "Europe/Berlin"
# In Berlin it is February already.
END_OF_JANUARY = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
DECEMBER = datetime(2025, 12, 5, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(database_url=postgres_url, var_dir=tmp_path, time_zone=BERLIN)


@pytest.fixture
def storage(settings: Settings, database: Database) -> Storage:
    with database.unit_of_work() as session:
        for placed_at in (DECEMBER, END_OF_JANUARY, END_OF_JANUARY):
            insert_order(session, placed_at=placed_at)
    export_orders(BatchRun(settings))
    return build_storage(settings)


def read_trends(storage: Storage) -> TrendManifest:
    found = trends.read_trends(storage)
    assert found is not None
    return found


def read_versions(storage: Storage, month: str) -> list[pl.DataFrame]:
    versions = read_trends(storage).months[month]
    return [
        pl.read_parquet(BytesIO(storage.read_bytes(each.file.path)))
        for each in versions
    ]


def list_months_until_now() -> list[str]:
    now = datetime.now(ZoneInfo(BERLIN))
    count = (now.year - 2025) * 12 + now.month - 11
    return [f"{2025 + (11 + n) // 12}-{(11 + n) % 12 + 1:02}" for n in range(count)]


def test_each_month_has_the_figures_of_its_days(
    settings: Settings, storage: Storage, database: Database
) -> None:
    assert backfill_trends(BatchRun(settings)) == list_months_until_now()

    [found] = read_versions(storage, "2026-02")
    with database.unit_of_work() as session:
        facts = load_order_facts(session, home_currency=settings.currency)
    query = AnalyticsQuery.model_validate(
        {
            "metrics": TREND_METRICS,
            "groupBy": ["day"],
            "window": {"firstDay": "2026-02-01", "lastDay": "2026-02-28"},
        }
    )
    expected = run_query(
        query, facts, home_currency=settings.currency, zone=ZoneInfo(BERLIN)
    )
    assert found.equals(build_frame(expected))
    assert found["day"].to_list()[::27] == ["2026-02-01", "2026-02-28"]
    assert found["orders"].to_list() == [2] + [0] * 27
    [january] = read_versions(storage, "2026-01")
    assert january["orders"].sum() == 0


def test_the_days_that_are_written_are_the_rows_of_the_run(
    settings: Settings, storage: Storage
) -> None:
    run = BatchRun(settings)

    months = backfill_trends(run)

    days = sum(read_versions(storage, month)[0].height for month in months)
    assert (run.metrics.units, run.metrics.rows) == (len(months), days)


@pytest.mark.usefixtures("storage")
def test_what_has_not_changed_is_not_computed_again(settings: Settings) -> None:
    backfill_trends(BatchRun(settings))
    lines: list[str] = []

    assert backfill_trends(BatchRun(settings, print_line=lines.append)) == []
    assert lines == []


def test_a_month_that_was_restated_keeps_what_was_known_of_it(
    settings: Settings, storage: Storage, database: Database
) -> None:
    """An order of December is canceled, which its neighbors have nothing of."""
    backfill_trends(BatchRun(settings))
    with database.unit_of_work() as session:
        session.execute(
            text(
                "UPDATE orders SET status = 'CANCELLED' WHERE placed_at < '2026-01-01'"
            )
        )
    export_orders(BatchRun(settings))

    assert "2025-12" in backfill_trends(BatchRun(settings))

    before, now = read_versions(storage, "2025-12")
    assert (before["orders"].sum(), now["orders"].sum()) == (1, 0)
    assert len(read_versions(storage, "2026-01")) == 1
    first, second = read_trends(storage).months["2025-12"]
    assert first.as_of < second.as_of
    assert len(storage.list_paths(trends.FOLDER)) == 2 + len(list_months_until_now())


def test_the_running_month_has_one_version(
    settings: Settings, storage: Storage, database: Database
) -> None:
    month = list_months_until_now()[-1]
    backfill_trends(BatchRun(settings))
    with database.unit_of_work() as session:
        order = session.scalars(select(Order).order_by(Order.placed_at)).first()
        assert order is not None
        insert_refunds(session, order, 100, at=datetime.now(UTC))
    export_orders(BatchRun(settings))

    assert month in backfill_trends(BatchRun(settings))

    [found] = read_versions(storage, month)
    assert found["refunds"].sum() > 0
    assert not read_trends(storage).months[month][0].is_over


class RunOfThreeMonths(BatchRun):
    """Ends after the first months, as if it were killed there."""

    def run_units(self, *args: Any, **options: Any) -> Iterator[tuple[str, Any]]:
        yield from islice(super().run_units(*args, **options), 3)
        raise KeyboardInterrupt


def test_a_run_goes_on_where_the_one_before_was_cut_off(
    settings: Settings, storage: Storage
) -> None:
    with pytest.raises(KeyboardInterrupt):
        backfill_trends(RunOfThreeMonths(settings))
    done = {
        month: found[0].file for month, found in read_trends(storage).months.items()
    }
    assert [*done] == list_months_until_now()[:3]

    assert backfill_trends(BatchRun(settings)) == list_months_until_now()[3:]

    found = read_trends(storage).months
    assert {month: found[month][0].file for month in done} == done


@pytest.mark.usefixtures("storage")
def test_figures_of_another_time_zone_are_computed_anew(settings: Settings) -> None:
    backfill_trends(BatchRun(settings))

    others = settings.model_copy(update={"time_zone": "UTC"})

    assert backfill_trends(BatchRun(others)) == list_months_until_now()


@pytest.mark.usefixtures("database")
def test_without_a_dataset_it_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(NoDataset, match="export_orders"):
        backfill_trends(BatchRun(settings))


def test_truncated_figures_are_never_replaced_as_if_there_were_none(
    settings: Settings, storage: Storage
) -> None:
    backfill_trends(BatchRun(settings))
    storage.put(trends.TRENDS_KEY, storage.read_bytes(trends.TRENDS_KEY)[:200])
    paths = storage.list_paths(trends.FOLDER)

    with pytest.raises(DatasetDamaged, match="Put back a copy of it") as damaged:
        backfill_trends(BatchRun(settings))

    assert storage.uri(trends.TRENDS_KEY) in damaged.value.message
    assert storage.list_paths(trends.FOLDER) == paths
