"""Steps of a query as tasks of a real Ray: the figures are those of one process."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import ray

from analytics.dataset.current import load_current_facts
from analytics.facts.order_facts import OrderFacts, StoredMonth
from analytics.on_ray import ClusterRunner, count_nodes, divide_months
from analytics.query_processes import ProcessConfig, ProcessRequest, QueryProcess
from analytics.query_service import ServiceConfig
from analytics.semantic.execution import run_query
from analytics.semantic.steps import Frames, Step
from jobs.batch.export_orders import export_orders
from jobs.batch.runner import BatchRun
from tests.support.order_history import OrderHistory
from tests.support.order_lines import ORDER_METRICS
from webapp.adapters.storage.build import build_storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.query.analytics_query import AnalyticsQuery

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
QUERIES: Sequence[dict[str, Any]] = (
    *({"metrics": ORDER_METRICS[n : n + 12]} for n in range(0, len(ORDER_METRICS), 12)),
    {"metrics": ["customers", "orders"], "groupBy": ["product", "month"]},
    {
        "metrics": ["net_revenue"],
        "groupBy": ["category"],
        "filters": [{"dimension": "state", "in": ["texas"]}],
        "window": {"firstDay": "2026-01-15", "lastDay": "2026-02-15"},
        "compareTo": "previous",
    },
)


def build_month(rows: int) -> StoredMonth:
    return StoredMonth(
        url=str(rows),
        rows=rows,
        first_at=NOON,
        last_at=NOON,
        currencies=(),
        spellings_url="",
        outdated=pl.Series(dtype=pl.Int64()),
        is_rewritten=False,
    )


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        ([5, 1, 4, 2], [[5, 1], [4, 2]]),
        ([5], [[5]]),
        ([], []),
    ],
)
def test_months_are_divided_into_groups_of_about_as_many_rows(
    rows: list[int], groups: list[list[int]]
) -> None:
    divided = divide_months([build_month(each) for each in rows], 2)

    assert [[month.rows for month in group] for group in divided] == groups


@pytest.fixture
def cluster() -> Iterator[str]:
    """The address of a Ray of one node."""
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield str(ray.get_runtime_context().gcs_address)
    ray.shutdown()


@pytest.fixture
def settings(tmp_path: Path, postgres_url: str) -> Settings:
    return Settings(database_url=postgres_url, var_dir=tmp_path)


@pytest.fixture
def facts(database: Database, settings: Settings) -> OrderFacts:
    """Several months in the dataset, and orders that have changed since."""
    for seed in (1, 2):
        with database.unit_of_work() as session:
            OrderHistory(session, seed).change(60 if seed == 1 else 10)
        if seed == 1:
            export_orders(BatchRun(settings))
    with database.unit_of_work() as session:
        return load_current_facts(session, build_storage(settings), home_currency="USD")


class CountedRunner:
    """Counts the parts of each step."""

    def __init__(self, runner: ClusterRunner) -> None:
        self._runner = runner
        self.parts: list[int] = []

    def __call__(self, step: Step, facts: OrderFacts) -> Sequence[Frames]:
        frames = self._runner(step, facts)
        self.parts.append(len(frames))
        return frames


@pytest.mark.ray
@pytest.mark.timeout(120)
@pytest.mark.usefixtures("cluster")
@pytest.mark.filterwarnings("default")
def test_a_cluster_computes_what_one_process_does(facts: OrderFacts) -> None:
    assert count_nodes() == 1
    assert not facts.lines.collect().is_empty()
    everywhere = CountedRunner(ClusterRunner(min_rows=1, min_nodes=1))
    here = CountedRunner(ClusterRunner(min_rows=1))

    for fields in QUERIES:
        query = AnalyticsQuery.model_validate(fields)
        options: dict[str, Any] = {"home_currency": "USD", "zone": ZoneInfo("UTC")}
        expected = run_query(query, facts, **options)
        assert run_query(query, facts, **options, run_step=everywhere) == expected
        assert run_query(query, facts, **options, run_step=here) == expected

    # The lines of the database, and of two tasks of the node the blocks that have lines.
    assert max(everywhere.parts) == 4
    assert max(here.parts) == 2


@pytest.mark.ray
@pytest.mark.timeout(120)
@pytest.mark.filterwarnings("default")
def test_a_process_of_a_query_connects_to_the_cluster(
    cluster: str, facts: OrderFacts, settings: Settings
) -> None:
    service = ServiceConfig(
        database_url=settings.require_database_url(),
        storage_url=settings.absolute_storage_url,
        home_currency="USD",
        time_zone="UTC",
    )
    process = QueryProcess(
        ProcessConfig(service=service, memory_mb=2048, ray_address=cluster)
    )
    try:
        query = AnalyticsQuery.model_validate({"metrics": ["placed_orders"]})
        reply = process.request(ProcessRequest(query=query), timeout_s=60)
    finally:
        process.stop()

    assert reply.computed is not None
    result = reply.computed.outcome.result
    assert result is not None
    sales = facts.scan().filter(kind="SALE").collect()
    assert result["totals"]["placed_orders"] == sales["order_number"].n_unique()
