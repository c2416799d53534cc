"""Imports the complete real data sets, as issue 3 requires."""

import gzip
import json
from collections import Counter
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from analytics.facts.database import load_order_facts
from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from tests.support import duckdb_figures
from tests.support.order_lines import ORDER_DIMENSIONS, ORDER_METRICS
from tests.support.shared_data import SHARED_DIR
from webapp.catalog.models import Product
from webapp.db.session import Database
from webapp.imports import mapping, runner
from webapp.imports.mapping import OrderMapping, ProductMapping
from webapp.imports.progress import ImportCounts, NullProgress
from webapp.insights.query.analytics_query import MAX_METRICS, AnalyticsQuery
from webapp.insights.query.definitions import (
    METRICS,
    list_dimensions_of,
)
from webapp.insights.query.windows import AbsoluteWindow
from webapp.kit.money import Currency
from webapp.orders.models import OrderItem

DATA = SHARED_DIR / "data"
MONTHLY = (
    "748957.02 560000.26 498062.65 683267.08 493207.12 723333.51 691123.12 681300.11 "
    "682680.51"
)

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA.is_dir(), reason="needs the data of ECOM67_SHARED"),
]


def build_request(file: str, folder: Path) -> runner.ImportRequest:
    rejects = folder / "rejects.jsonl"
    return runner.ImportRequest(DATA / file, Currency.USD, rejects, is_dry_run=False)


def test_the_whole_catalog_is_imported_with_sensible_categories(
    database: Database, tmp_path: Path
) -> None:
    parsed = mapping.load_mapping("products", "icecat")
    assert isinstance(parsed, ProductMapping)
    request = build_request("icecat/products.jsonl.gz", tmp_path)

    summary = runner.import_products(database, request, parsed, NullProgress())

    assert summary.counts == ImportCounts(created=19_406)
    with database.unit_of_work() as session:
        categories = Counter(session.scalars(select(Product.category)))
    assert len(categories) > 20
    assert categories["Other"] < 0.03 * 19_406
    assert categories.most_common(1)[0][1] < 0.25 * 19_406


def test_every_order_line_is_imported_or_rejected_and_monthly_totals_match_exactly(
    database: Database, tmp_path: Path
) -> None:
    parsed = mapping.load_mapping("orders", "online-retail")
    assert isinstance(parsed, OrderMapping)
    request = build_request("online_retail/order_lines_until_2011-08.csv.gz", tmp_path)

    summary = runner.import_orders(database, request, parsed, NullProgress())

    with gzip.open(request.path, "rt") as lines:
        in_file = sum(1 for _ in lines) - 1
    assert summary.counts.rows == in_file == 320_705
    rejects = [
        json.loads(line) for line in request.rejects_path.read_text().splitlines()
    ]
    assert [each["reason"] for each in rejects] == [
        "price: 0.001 is finer than a cent"
    ] * 2
    with database.unit_of_work() as session:
        assert session.scalar(select(func.count(OrderItem.id))) == in_file - 2
        facts = load_order_facts(session, home_currency="GBP")
    by_month = AnalyticsQuery(
        metrics=["net_revenue"],
        group_by=["month"],
        window=AbsoluteWindow(last_day=date(2011, 12, 31)),
    )
    london = ZoneInfo("Europe/London")
    result = run_query(by_month, facts, home_currency="GBP", zone=london)
    # The rejected lines are a tenth of a cent each: they change no total.
    amounts = [f"{row['net_revenue']:.2f}" for row in result.rows]
    months = len(MONTHLY.split())
    assert amounts[:months] == MONTHLY.split()
    assert set(amounts[months:]) == {"0.00"}
    file = tmp_path / "lines.parquet"
    facts.lines.collect().write_parquet(file)
    for zone in ("Europe/London", "Australia/Sydney"):
        check_every_figure(facts, file, ZoneInfo(zone))


def check_every_figure(facts: OrderFacts, lines: Path, zone: ZoneInfo) -> None:
    """Each metric by each dimension that it has is that of an independent SQL."""
    for dimension in ORDER_DIMENSIONS:
        # On the clock of SQL, an hour that comes twice is one.
        if dimension == "hour":
            continue
        metrics = [
            name
            for name in ORDER_METRICS
            if dimension in list_dimensions_of(METRICS[name])
        ]
        for start in range(0, len(metrics), MAX_METRICS):
            query = AnalyticsQuery(
                metrics=metrics[start : start + MAX_METRICS],
                group_by=[dimension],
                as_of=facts.as_of,
            )
            result = run_query(query, facts, home_currency="GBP", zone=zone)
            duckdb_figures.check_result(result, lines)
