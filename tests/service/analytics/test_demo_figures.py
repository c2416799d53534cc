"""Every metric by every dimension of the demo shop is that of SQL over its tables."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from analytics.dataset.current import load_current_facts
from analytics.facts.current_categories import load_current_categories
from analytics.facts.order_facts import OrderFacts
from analytics.query_service import QueryService
from analytics.semantic.execution import run_query
from jobs.batch.export_orders import export_orders
from jobs.batch.runner import BatchRun
from tests.support import duckdb_figures
from tests.support.demo_shop import NOW, PASSWORDS, ZONE
from tests.support.duckdb_shop import (
    SEARCH_METRICS,
    compute_searches,
    copy_tables,
    open_shop,
)
from tests.support.duckdb_stock import STOCK_METRICS, StockPeriod, fetch_stock
from tests.support.order_lines import ORDER_METRICS
from tests.support.postgres import migrated_postgres
from webapp.adapters.storage.build import build_storage
from webapp.config import Settings
from webapp.db.session import Database
from webapp.devtools.demo import service as demo
from webapp.insights.query.analytics_query import MAX_METRICS, AnalyticsQuery
from webapp.insights.query.definitions import (
    DIMENSIONS,
    FAMILIES,
    METRICS,
    PERIODS,
    list_dimensions_of,
)
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.windows import AbsoluteWindow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NEW_YORK = ZoneInfo("America/New_York")
LAST_DAY = NOW.date() - timedelta(days=1)
KEYS = {"product": "product_id", "variant": "sku"}
SHORT_WINDOWS = {"hour": 3, "day": 60}
"""In days, where SQL has many periods to look at."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with migrated_postgres() as url:
        folder = tmp_path_factory.mktemp("shop")
        yield Settings(database_url=url, var_dir=folder / "var")


@pytest.fixture(scope="module")
def shop(settings: Settings) -> Iterator[Database]:
    database = Database.from_url(settings.require_database_url())
    with database.unit_of_work() as session:
        demo.fill_shop(
            session, PASSWORDS, settings=settings, now=NOW, report=lambda _: None
        )
    yield database
    database.close()


@pytest.fixture(scope="module")
def tables(shop: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    copy_tables(shop, folder)
    return folder


@pytest.fixture(scope="module")
def copied(tables: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_shop(tables, home_currency="USD") as database:
        yield database


def list_dimensions(family: str) -> list[str]:
    grains = FAMILIES[family].grains
    return [name for name, each in DIMENSIONS.items() if any(map(each.is_in, grains))]


def list_metrics(family: str) -> list[str]:
    return [name for name, each in METRICS.items() if each.family.name == family]


# --- Orders ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("zone", [ZONE, NEW_YORK], ids=str)
def test_figures_of_orders_are_those_of_sql_in_two_zones(
    shop: Database, settings: Settings, tables: Path, tmp_path: Path, zone: ZoneInfo
) -> None:
    """Of the database itself, and of its export."""
    settings = settings.model_copy(update={"var_dir": tmp_path})
    if zone == NEW_YORK:
        export_orders(BatchRun(settings, print_line=lambda _: None))
    facts = load_facts(shop, settings)
    assert bool(facts.months) == (zone == NEW_YORK)

    for dimension in list_dimensions("orders"):
        for query in iterate_queries(dimension, zone):
            result = run_query(query, facts, home_currency="USD", zone=zone)
            duckdb_figures.check_result(result, tables / "lines.parquet")


def load_facts(shop: Database, settings: Settings) -> OrderFacts:
    with shop.unit_of_work() as session:
        facts = load_current_facts(
            session, build_storage(settings), home_currency="USD"
        )
        return replace(facts, current_categories=load_current_categories(session))


def iterate_queries(dimension: str, zone: ZoneInfo) -> Iterator[AnalyticsQuery]:
    # On the clock of SQL, an hour that comes twice is one.
    if dimension == "hour" and zone != ZONE:
        return
    metrics = [
        name for name in ORDER_METRICS if dimension in list_dimensions_of(METRICS[name])
    ]
    first = LAST_DAY - timedelta(days=400)  # there are no more rows than may be shown
    window = AbsoluteWindow(first_day=first) if dimension == "hour" else None
    for start in range(0, len(metrics), MAX_METRICS):
        yield AnalyticsQuery(
            metrics=metrics[start : start + MAX_METRICS],
            group_by=[dimension],
            window=window,
        )


# --- Searches and stock ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def analytics(shop: Database, settings: Settings) -> QueryService:
    storage = build_storage(settings)
    return QueryService(shop, storage, home_currency="USD", zone=ZONE)


def run_service(analytics: QueryService, query: AnalyticsQuery) -> AnalyticsResult:
    outcome = analytics.run(query)
    assert outcome.result is not None, outcome.error
    return AnalyticsResult.model_validate(outcome.result, by_alias=True, by_name=False)


@pytest.mark.parametrize("dimension", list_dimensions("searches"))
def test_figures_of_searches_are_those_of_sql(
    analytics: QueryService, copied: duckdb.DuckDBPyConnection, dimension: str
) -> None:
    assert set(SEARCH_METRICS) == set(list_metrics("searches"))
    query = AnalyticsQuery(metrics=list(SEARCH_METRICS), group_by=[dimension])

    result = run_service(analytics, query)

    [total] = compute_searches(copied, None).values()
    duckdb_figures.check_figures(result, compute_searches(copied, dimension), total)
    assert all(total.values())


@pytest.mark.parametrize("zone", [ZONE, NEW_YORK], ids=str)
@pytest.mark.parametrize("dimension", list_dimensions("stock"))
def test_figures_of_stock_are_those_of_sql(
    analytics: QueryService,
    copied: duckdb.DuckDBPyConnection,
    dimension: str,
    zone: ZoneInfo,
) -> None:
    assert set(STOCK_METRICS) == set(list_metrics("stock"))
    last = LAST_DAY - timedelta(days=1)
    first = last - timedelta(days=SHORT_WINDOWS.get(dimension, 400))
    query = AnalyticsQuery(
        metrics=list(STOCK_METRICS),
        group_by=[dimension],
        window=AbsoluteWindow(first_day=first, last_day=last),
        time_zone=zone.key,
    )

    result = run_service(analytics, query)

    periods = bound_periods(dimension, first, last, zone)
    key = "period" if dimension in PERIODS else KEYS.get(dimension, dimension)
    expected = fetch_stock(copied, periods, [key], as_of=NOW)
    found = {read_stock_key(row, dimension): row for row in result.rows}
    assert sorted(found) == sorted(name for name, *_ in expected)
    for name, *figures in expected:
        assert [found[name][each] for each in STOCK_METRICS] == pytest.approx(figures)
    whole = [("all", periods[0][1], periods[-1][2])]
    [(_, *totals)] = fetch_stock(copied, whole, ["period"], as_of=NOW)
    assert [result.totals[each] for each in STOCK_METRICS] == pytest.approx(totals)


def read_stock_key(row: dict[str, Any], dimension: str) -> str:
    value = row["product_id" if dimension == "product" else dimension]
    if dimension == "hour":
        return str(value)[:13]
    return "" if value == "(none)" else str(value)


FORMATS = {
    "hour": "%Y-%m-%dT%H",
    "day": "%Y-%m-%d",
    "week": "%G-W%V",
    "month": "%Y-%m",
    "year": "%Y",
}


def bound_periods(
    dimension: str, first: date, last: date, zone: ZoneInfo
) -> list[StockPeriod]:
    """The parts of periods between two days on the clock of a zone, or all of it."""
    start, end = (
        datetime.combine(day, time(), zone).astimezone(UTC)
        for day in (first, last + timedelta(days=1))
    )
    hours = int((end - start) / timedelta(hours=1))
    times = [start + timedelta(hours=count) for count in range(hours)]
    periods = []
    for name, members in groupby(
        times, lambda time: name_period(dimension, time.astimezone(zone))
    ):
        within = list(members)
        until = within[-1] + timedelta(hours=1) - timedelta(microseconds=1)
        periods.append((name, within[0], until))
    return periods


def name_period(dimension: str, local: datetime) -> str:
    if dimension == "quarter":
        return f"{local.year}-Q{(local.month + 2) // 3}"
    return local.strftime(FORMATS.get(dimension, "all"))
