"""Queries in processes of their own: what one does cannot harm the next one."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from analytics.query_processes import (
    ProcessConfig,
    ProcessRequest,
    QueryFailed,
    QueryProcess,
    QueryProcessPool,
    QueryTimedOut,
)
from analytics.query_service import FileRequest, ServiceConfig, ValuesRequest
from tests.service.analytics.test_order_facts import insert_item, insert_order
from webapp.adapters.analytics.port import FileFormat
from webapp.config import Settings
from webapp.db.session import Database
from webapp.insights.analyses.requests import RfmRequest
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import QueryTooLarge

pytestmark = pytest.mark.slow

LARGE_QUERY = AnalyticsQuery.model_validate(
    {
        "metrics": ["units"],
        "groupBy": ["hour", "variant"],
        "window": {"firstDay": "2025-01-01", "lastDay": "2026-12-31"},
        "asOf": "2026-06-30T00:00:00Z",
    }
)
"""Of which the result has four million rows."""
LARGE = ProcessRequest(query=LARGE_QUERY)
ORDERS_QUERY = AnalyticsQuery.model_validate({"metrics": ["orders"]})
ORDERS = ProcessRequest(query=ORDERS_QUERY)


@pytest.fixture
def config(tmp_path: Path, postgres_url: str, database: Database) -> ProcessConfig:
    """A shop with one order of 300 things, and as little memory as a query can do with."""
    settings = Settings(database_url=postgres_url, var_dir=tmp_path)
    with database.unit_of_work() as session:
        order = insert_order(session)
        for position in range(1, 300):
            insert_item(session, order, position=position, sku=f"SKU-{position}")
    return ProcessConfig(
        service=ServiceConfig(
            database_url=postgres_url,
            storage_url=settings.absolute_storage_url,
            home_currency="USD",
            time_zone="UTC",
        ),
        memory_mb=400,
    )


@pytest.fixture
def process(config: ProcessConfig) -> Iterator[QueryProcess]:
    process = QueryProcess(config)
    yield process
    process.stop()


def count_orders(process: QueryProcess) -> Any:
    reply = process.request(ORDERS, timeout_s=30)
    assert reply.computed is not None
    assert reply.computed.outcome.result is not None
    return reply.computed.outcome.result["totals"]["orders"]


def test_it_computes_one_query_after_another(process: QueryProcess) -> None:
    first = process._process.pid

    assert [count_orders(process), count_orders(process)] == [1, 1]
    assert process._process.pid == first


def test_it_finds_values_in_a_text_and_runs_analyses(config: ProcessConfig) -> None:
    pool = QueryProcessPool(config, size=1, timeout_s=60)
    try:
        request = ValuesRequest(text="units of SKU-17")
        [found] = pool.find_values(request).matches
        outcome = pool.compute(LARGE_QUERY).outcome
        analysis = pool.run_analysis(RfmRequest())
    finally:
        pool.close()

    assert (found.dimension, found.value) == ("variant", "SKU-17")
    assert analysis.error is not None
    assert analysis.error.code == "NOT_ENOUGH_DATA"
    assert outcome.error is not None
    assert outcome.error.code == "QUERY_TOO_LARGE"


def test_it_writes_a_file_of_a_result(config: ProcessConfig) -> None:
    pool = QueryProcessPool(config, size=1, timeout_s=60)
    try:
        result = pool.compute(ORDERS_QUERY).outcome.result
        assert result is not None
        file = pool.write_file(FileRequest(result=result, format=FileFormat.XLSX))
        with pytest.raises(QueryFailed):
            pool.write_file(FileRequest(result={}, format=FileFormat.CSV))
    finally:
        pool.close()

    assert file.content.startswith(b"PK")


def test_a_query_that_needs_too_much_memory_is_refused_and_the_next_one_is_not(
    process: QueryProcess,
) -> None:
    with pytest.raises(QueryTooLarge, match="400 MB") as error:
        process.request(LARGE, timeout_s=60)

    assert "a shorter window" in error.value.possible
    assert count_orders(process) == 1


@pytest.mark.slow
def test_a_query_that_takes_too_long_ends_with_its_process(
    config: ProcessConfig,
) -> None:
    process = QueryProcess(config.model_copy(update={"memory_mb": 4096}))
    try:
        assert count_orders(process) == 1
        first = process._process.pid
        with pytest.raises(QueryTimedOut):
            process.request(LARGE, timeout_s=0.5)

        assert not Path(f"/proc/{first}").exists()
        assert count_orders(process) == 1
    finally:
        process.stop()


@pytest.mark.slow
def test_a_process_that_keeps_too_much_memory_is_replaced(
    config: ProcessConfig,
) -> None:
    """An interpreter with Polars has about 180 MB."""
    process = QueryProcess(config.model_copy(update={"memory_mb": 330}))
    try:
        first = process._process.pid
        assert count_orders(process) == 1
        assert process._process.pid != first
        assert count_orders(process) == 1
    finally:
        process.stop()


@pytest.mark.slow
def test_a_query_that_ends_its_process_otherwise_has_failed(
    process: QueryProcess,
) -> None:
    assert count_orders(process) == 1
    os.kill(process._process.pid, signal.SIGSTOP)
    Timer(0.2, os.kill, (process._process.pid, signal.SIGSEGV)).start()
    Timer(0.3, os.kill, (process._process.pid, signal.SIGCONT)).start()

    with pytest.raises(QueryFailed):
        process.request(ORDERS, timeout_s=30)

    assert count_orders(process) == 1


def kill_during(process: QueryProcess, *, delay: float = 0.2) -> None:
    """End it from outside while it computes what is asked next."""
    os.kill(process._process.pid, signal.SIGSTOP)
    Timer(delay, os.kill, (process._process.pid, signal.SIGKILL)).start()


@pytest.mark.slow
def test_a_query_whose_process_is_killed_from_outside_is_computed_by_another(
    process: QueryProcess,
) -> None:
    assert count_orders(process) == 1
    first = process._process.pid
    kill_during(process)

    assert count_orders(process) == 1
    assert process._process.pid != first


@pytest.mark.slow
@pytest.mark.parametrize("ends_before_it_is_asked", [True, False])
def test_a_query_whose_process_is_killed_again_has_failed_and_is_not_too_large(
    process: QueryProcess,
    monkeypatch: pytest.MonkeyPatch,
    ends_before_it_is_asked: bool,
) -> None:
    start = process._start

    def start_and_kill() -> Any:
        started = start()
        os.kill(
            started.pid, signal.SIGKILL if ends_before_it_is_asked else signal.SIGSTOP
        )
        if ends_before_it_is_asked:
            started.wait()
        else:
            Timer(0.2, os.kill, (started.pid, signal.SIGKILL)).start()
        return started

    with monkeypatch.context() as patched:
        patched.setattr(process, "_start", start_and_kill)
        kill_during(process)
        with pytest.raises(QueryFailed):
            process.request(ORDERS, timeout_s=30)

    assert count_orders(process) == 1


@pytest.mark.slow
def test_a_process_that_the_kernel_ended_for_want_of_memory_had_too_large_a_query(
    process: QueryProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    counters = tmp_path / "vmstat"
    counters.write_text("nr_free_pages 1\noom_kill 4\noom_kill_other 9\n")
    monkeypatch.setattr("analytics.memory_limits.KERNEL_COUNTERS", counters)
    assert count_orders(process) == 1
    kill_during(process, delay=0.6)
    Timer(0.3, counters.write_text, ("nr_free_pages 1\noom_kill 5\n",)).start()

    with pytest.raises(QueryTooLarge):
        process.request(ORDERS, timeout_s=30)

    assert count_orders(process) == 1


@pytest.mark.slow
def test_a_process_that_has_ended_meanwhile_is_replaced(process: QueryProcess) -> None:
    os.kill(process._process.pid, signal.SIGKILL)
    process._process.wait()

    assert count_orders(process) == 1


@pytest.mark.slow
def test_an_error_of_a_query_is_no_end_of_the_process(config: ProcessConfig) -> None:
    service = config.service.model_copy(update={"database_url": "postgresql:///none"})
    process = QueryProcess(config.model_copy(update={"service": service}))
    try:
        first = process._process.pid
        for _ in range(2):
            reply = process.request(ORDERS, timeout_s=30)
            assert reply.computed is None
        assert process._process.pid == first
    finally:
        process.stop()


@pytest.mark.slow
def test_a_pool_lends_each_process_to_one_query_at_a_time(
    config: ProcessConfig,
) -> None:
    pool = QueryProcessPool(config, size=2, timeout_s=60)
    try:
        with ThreadPoolExecutor(4) as threads:
            computed = list(threads.map(pool.compute, [ORDERS_QUERY] * 4))
    finally:
        pool.close()

    assert [each.outcome.error for each in computed] == [None] * 4


@pytest.mark.slow
def test_a_process_ends_with_the_one_that_started_it(process: QueryProcess) -> None:
    assert count_orders(process) == 1
    assert process._process.stdin is not None
    process._process.stdin.close()

    assert process._process.wait(timeout=10) == 0
