"""Engines that compute the figures of queries and analyses over the same Parquet files, each in a
process of its own: the shop, DuckDB and pandas."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from analytics.analyses.execution import run_analysis
from analytics.dataset.manifest import FOLDER, ORDER_LINES, read_manifest
from analytics.facts import schemas
from analytics.facts.changes import ChangedOrders
from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from tests.support import duckdb_analyses, duckdb_figures
from tests.support.analysis_figures import Figures, read_figures
from webapp.adapters.storage.filesystem import FileSystemStorage
from webapp.insights.analyses.requests import AnalysisRequest
from webapp.insights.query.analytics_query import AnalyticsQuery

DUCKDB_MEMORY = "2GB"
ZONE = ZoneInfo("Europe/Berlin")
TAIL = "changed.parquet"
"""The lines of orders that have changed since; the files have them, too."""
RequestT = TypeVar("RequestT")


class RunMeasurement(NamedTuple):
    seconds: float
    processor_seconds: float
    """Of all threads: the time that other processes take does not count."""
    peak_mb: float
    """The memory of the whole process at its peak."""


class Engine(Generic[RequestT]):
    """Runs requests in a process that stays."""

    def __init__(self, run: Callable[[RequestT, Path], object], folder: Path) -> None:
        self._run = run
        self._folder = folder
        self._process = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def measure(self, request: RequestT) -> RunMeasurement:
        return self._process.submit(
            measure_run, self._run, request, self._folder
        ).result()

    def compute(self, request: RequestT) -> object:
        return self._process.submit(self._run, request, self._folder).result()

    def close(self) -> None:
        self._process.shutdown()


def measure_run(
    run: Callable[[RequestT, Path], object], request: RequestT, folder: Path
) -> RunMeasurement:
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
    started, used = time.perf_counter(), time.process_time()
    run(request, folder)
    return RunMeasurement(
        time.perf_counter() - started,
        time.process_time() - used,
        _read_peak_kb() / 1024,
    )


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
    with open_duckdb() as database:
        files = find_line_files(folder)
        return duckdb_figures.fetch_rows(database, query, files, zone=ZONE)


def open_duckdb() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.execute(f"SET threads = {pl.thread_pool_size()}")
    database.execute(f"SET memory_limit = '{DUCKDB_MEMORY}'")
    database.execute("SET enable_progress_bar = false")
    return database


def find_line_files(folder: Path) -> Path:
    return folder / FOLDER / ORDER_LINES / "month=*" / "*.parquet"


def run_pandas(query: AnalyticsQuery, folder: Path) -> object:
    # Imported here: no part of the project needs pandas.
    figures = import_module("tests.support.pandas_figures")
    return figures.fetch_rows(query, folder / FOLDER / ORDER_LINES, zone=ZONE)


def analyze_shop(request: AnalysisRequest, folder: Path) -> Figures:
    facts = load_facts(folder)
    result = run_analysis(request, facts, home_currency="USD", zone=ZONE)
    return read_figures(result)


def analyze_duckdb(request: AnalysisRequest, folder: Path) -> Figures:
    with open_duckdb() as database:
        database.execute("SET TimeZone = 'UTC'")
        lines = database.read_parquet(str(find_line_files(folder)))
        local = f"*, timezone('{ZONE.key}', \"at\") AS local_at"
        lines.project(local).create_view("lines")
        return duckdb_analyses.compute_analysis(database, request)


def analyze_pandas(request: AnalysisRequest, folder: Path) -> Figures:
    analyses = import_module("tests.support.pandas_analyses")
    lines = folder / FOLDER / ORDER_LINES
    figures: Figures = analyses.compute_analysis(request, lines, zone=ZONE)
    return figures


def has_pandas() -> bool:
    return find_spec("pandas") is not None and find_spec("pyarrow") is not None
