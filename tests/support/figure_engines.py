"""Engines that compute the figures of a query over the same Parquet files, each in a process of its
own: the shop, DuckDB and pandas."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from analytics.dataset.manifest import FOLDER, ORDER_LINES, read_manifest
from analytics.facts import schemas
from analytics.facts.changes import ChangedOrders
from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from tests.support import duckdb_figures
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.insights.query.analytics_query import AnalyticsQuery

DUCKDB_MEMORY = "2GB"
ZONE = ZoneInfo("Europe/Berlin")
TAIL = "changed.parquet"
"""The lines of orders that have changed since; the files have them, too."""
RunQuery = Callable[[AnalyticsQuery, Path], object]


class QueryMeasurement(NamedTuple):
    seconds: float
    peak_mb: float
    """The memory of the whole process at its peak."""


class Engine:
    """Runs queries in a process that stays."""

    def __init__(self, run: RunQuery, folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._process = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def measure(self, query: AnalyticsQuery) -> QueryMeasurement:
        return self._process.submit(
            measure_query, self._run, query, self._folder
        ).result()

    def close(self) -> None:
        self._process.shutdown()


def measure_query(
    run: RunQuery, query: AnalyticsQuery, folder: Path
) -> QueryMeasurement:
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
    started = time.perf_counter()
    run(query, folder)
    return QueryMeasurement(time.perf_counter() - started, _read_peak_kb() / 1024)


def _read_peak_kb() -> int:
    status = Path("/proc/self/status").read_text()
    [peak] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peak.split()[1])


def run_shop(query: AnalyticsQuery, folder: Path) -> object:
    return run_query(query, load_facts(folder), home_currency="USD", zone=ZONE)


def load_facts(folder: Path) -> OrderFacts:
    """The lines of a dataset, and of orders that have changed since."""
    storage = FileSystemStorage(folder)
    manifest = read_manifest(storage)
    if manifest is None:
        raise FileNotFoundError(folder)
    tail = schemas.ORDER_LINES.to_frame()
    if (folder / TAIL).exists():
        tail = pl.read_parquet(folder / TAIL)
    numbers = tail["order_number"].unique().sort()
    return OrderFacts(
        tail.lazy(),
        as_of=manifest.snapshot.taken_at,
        source="dataset",
        months=manifest.list_files(storage, changed=ChangedOrders(numbers, numbers)),
        spelled=manifest.spelled,
    )


def run_duckdb(query: AnalyticsQuery, folder: Path) -> object:
    with duckdb.connect() as database:
        database.execute(f"SET threads = {pl.thread_pool_size()}")
        database.execute(f"SET memory_limit = '{DUCKDB_MEMORY}'")
        database.execute("SET enable_progress_bar = false")
        files = folder / FOLDER / ORDER_LINES / "month=*" / "*.parquet"
        return duckdb_figures.fetch_rows(database, query, files, zone=ZONE)


def run_pandas(query: AnalyticsQuery, folder: Path) -> object:
    # Imported here: no part of the project needs pandas.
    figures = import_module("tests.support.pandas_figures")
    return figures.fetch_rows(query, folder / FOLDER / ORDER_LINES, zone=ZONE)


def has_pandas() -> bool:
    return find_spec("pandas") is not None and find_spec("pyarrow") is not None
