"""Any query over any lines has the figures that an independent SQL gives."""

from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.facts.order_facts import OrderFacts
from analytics.facts.schemas import ORDER_LINES
from analytics.semantic.execution import run_query
from tests.support import duckdb_figures
from tests.support.order_lines import ORDER_DIMENSIONS, ORDER_METRICS, order_line
from webapp.insights.query.analytics_query import AnalyticsQuery, SortKey
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult

START = datetime(2025, 12, 20, tzinfo=UTC)
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata")
CATEGORIES = ("Kitchen", "kitchen", "Garden", "")
BRANDS = ("Acme", "ACME", "Nordlys", "", None)
TAGS: tuple[list[str] | None, ...] = (
    [],
    ["new"],
    ["New", "gift"],
    ["gift", "GIFT", "sale"],
    None,
)
KINDS = ("SALE", "SALE", "SALE", "RETURN", "ADJUSTMENT", "REFUND")


def build_lines(seed: int, count: int, currencies: list[str]) -> pl.DataFrame:
    """Lines of a shop that sells a few things to a few customers for a hundred days."""
    random = Random(seed)  # noqa: S311
    lines: list[dict[str, Any]] = []
    while len(lines) < count:
        order = build_order(random, len(lines), currencies)
        lines += [build_line(random, order) for _ in range(random.randint(1, 3))]
    return pl.DataFrame(lines, schema=ORDER_LINES)


def build_order(random: Random, number: int, currencies: list[str]) -> dict[str, Any]:
    customer = random.choice([None, "ann", "bob", "cid"])
    return {
        "order_id": str(number),
        "order_number": number,
        "at": START + timedelta(minutes=random.randint(0, 100 * 24 * 60)),
        "status": random.choice(["DELIVERED", "SHIPPED", "CANCELLED", "PENDING"]),
        "payment_status": random.choice(["PAID", "PARTIALLY_REFUNDED", "UNPAID"]),
        "currency": random.choice(currencies),
        "customer": customer,
        "customer_status": (
            random.choice(["new", "returning"]) if customer else "guest"
        ),
        "channel": random.choice(["web", "Web", "store", None]),
        "country": random.choice(["DE", "US", ""]),
        "state": random.choice(["Texas", "TEXAS", ""]),
    }


def build_line(random: Random, order: dict[str, Any]) -> dict[str, Any]:
    kind = random.choice(KINDS)
    amount = random.randint(1, 5000)
    quantity = random.randint(1, 4)
    sku = random.choice(["MUG", "POT", "TEA"])
    line = order_line(
        **order,
        kind=kind,
        sku=sku,
        name=sku.title(),
        category=random.choice(CATEGORIES),
        brand=random.choice(BRANDS),
        tags=random.choice(TAGS),
        quantity=-quantity if kind == "RETURN" else quantity,
        amount_minor=-amount if kind in {"RETURN", "REFUND"} else amount,
        tax_minor=random.choice([0, 17]),
    )
    if kind == "REFUND":
        line["quantity"] = 0
    if kind == "REFUND" and random.random() < 0.5:
        line |= dict.fromkeys(("sku", "name", "category", "brand", "tags"))
    rate = {"USD": 1, "EUR": 2, "GBP": None}[order["currency"]]
    for name in ("amount", "tax"):
        paid = line[f"{name}_minor"]
        line[f"home_{name}_minor"] = None if rate is None else paid * rate
    return line


@st.composite
def queries(draw: st.DrawFn) -> AnalyticsQuery:
    metrics = draw(
        st.lists(st.sampled_from(ORDER_METRICS), min_size=1, max_size=4, unique=True)
    )
    groups = draw(st.lists(st.sampled_from(ORDER_DIMENSIONS), max_size=3, unique=True))
    filters = draw(st.lists(st.sampled_from(FILTERS), max_size=2))
    windows: list[Any] = [
        None,
        {"firstDay": "2026-01-05", "lastDay": "2026-02-10"},
        {"firstDay": "2026-03-01"},
        {"lastDay": "2026-01-31"},
    ]
    # Where clocks are set back an hour comes twice, which SQL's local time does not tell apart.
    zones = ("UTC", "Asia/Kolkata") if "hour" in groups else ZONES
    return AnalyticsQuery.model_validate(
        {
            "metrics": metrics,
            "groupBy": groups,
            "filters": filters,
            "window": draw(st.sampled_from(windows)),
            "timeZone": draw(st.sampled_from(zones)),
            "currency": draw(st.sampled_from([None, None, "USD"])),
        }
    )


FILTERS: list[dict[str, Any]] = [
    {"dimension": "category", "in": ["KITCHEN"]},
    {"dimension": "category", "notIn": ["kitchen", "(none)"]},
    {"dimension": "category", "contains": "ard"},
    {"dimension": "product", "in": ["MUG", "tea"]},
    {"dimension": "brand", "in": ["acme", "(none)"]},
    {"dimension": "brand", "notIn": ["(not recorded)", "nordlys"]},
    {"dimension": "tag", "in": ["NEW", "sale"]},
    {"dimension": "tag", "notIn": ["gift"]},
    {"dimension": "tag", "contains": "g", "notIn": ["sale"]},
    {"dimension": "channel", "in": ["WEB"]},
    {"dimension": "channel", "notIn": ["(not recorded)"]},
    {"dimension": "country", "notIn": ["de"]},
    {"dimension": "state", "in": ["texas"]},
    {"dimension": "weekday", "atLeast": 2, "atMost": 5},
    {"dimension": "hour_of_day", "in": ["9", "10", "11"]},
    {"dimension": "customer_type", "in": ["guest"]},
    {"dimension": "customer_status", "in": ["new"]},
    {"dimension": "order_status", "notIn": ["CANCELLED"]},
    {"dimension": "payment_status", "in": ["PAID"]},
]


CASES = {
    "query": queries(),
    "seed": st.integers(0, 10_000),
    "currencies": st.sampled_from(
        [["USD"], ["EUR"], ["USD", "EUR"], ["USD", "EUR", "GBP"]]
    ),
}


@settings(deadline=None, max_examples=6)
@given(**CASES)
def test_rows_and_totals_are_those_of_sql(
    query: AnalyticsQuery, seed: int, currencies: list[str]
) -> None:
    check_figures(query, seed, currencies)


@pytest.mark.slow
@pytest.mark.timeout(300)
@settings(deadline=None, max_examples=200)
@given(**CASES)
def test_many_rows_and_totals_are_those_of_sql(
    query: AnalyticsQuery, seed: int, currencies: list[str]
) -> None:
    check_figures(query, seed, currencies)


COUNTED_METRICS = ("orders", "units", "placed_orders", "returned_units")
"""That are never below zero: rows of zeros, which SQL has not, are behind all others."""


@settings(deadline=None, max_examples=6)
@given(
    metric=st.sampled_from(COUNTED_METRICS),
    groups=st.lists(
        st.sampled_from(sorted({*ORDER_DIMENSIONS} - {"hour"})),
        min_size=2,
        max_size=3,
        unique=True,
    ),
    within=st.integers(1, 2),
    limit=st.integers(1, 3),
    seed=st.integers(0, 10_000),
)
def test_the_best_of_each_group_are_those_of_sql(
    metric: str, groups: list[str], within: int, limit: int, seed: int
) -> None:
    query = AnalyticsQuery(
        metrics=[metric],
        group_by=groups,
        sort=[SortKey(by=metric, descending=True)],
        limit=limit,
        limit_by=groups[: min(within, len(groups) - 1)],
    )
    lines = build_lines(seed, 200, ["USD"])
    try:
        result = run_query(
            query, build_facts(lines), home_currency="USD", zone=ZoneInfo("UTC")
        )
    except ImpossibleQuery:
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lines.parquet"
        lines.write_parquet(file)
        best = duckdb_figures.compute_best(query, file, zone=ZoneInfo("UTC"))

    found = [
        (
            *(duckdb_figures.read_key(row, name) for name in query.limit_by),
            row[metric],
        )
        for row in result.rows
        if row[metric]
    ]
    assert sorted(map(repr, found)) == sorted(map(repr, best))
    check_groups(result)


def check_groups(result: AnalyticsResult) -> None:
    """Assert that rows of a group follow each other, the greatest first, and are no more than the
    limit."""
    query = result.query
    groups = [
        (key, [float(row[query.metrics[0]] or 0) for row in rows])
        for key, rows in groupby(
            result.rows, lambda row: [row[name] for name in query.limit_by]
        )
    ]
    assert len({repr(key) for key, _ in groups}) == len(groups)
    for _, figures in groups:
        assert figures == sorted(figures, reverse=True)
        assert len(figures) <= (query.limit or 0)


def build_facts(lines: pl.DataFrame) -> OrderFacts:
    return OrderFacts(lines.lazy(), as_of=START + timedelta(days=200), source="test")


def check_figures(query: AnalyticsQuery, seed: int, currencies: list[str]) -> None:
    lines = build_lines(seed, 200, currencies)
    facts = build_facts(lines)
    try:
        result = run_query(query, facts, home_currency="USD", zone=ZoneInfo("UTC"))
    except ImpossibleQuery:
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lines.parquet"
        lines.write_parquet(file)
        duckdb_figures.check_result(result, file)
