"""Figures by the category that products have now."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from analytics.facts.current_categories import (
    CATALOG_CATEGORIES,
    key_current_categories,
)
from analytics.facts.order_facts import OrderFacts
from analytics.semantic.execution import run_query
from tests.support.order_lines import order_facts, order_line
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.results import AnalyticsResult

NONE_NAMED = dict.fromkeys(("sku", "name", "category", "brand", "tags"))


@pytest.fixture
def facts() -> OrderFacts:
    """A mug that was sold as kitchenware and is a gift now, known by its SKU alone at first; a pot
    that never moved; a product that exists no more; and a refund of no line."""
    lines = order_facts(
        order_line(order_id="1", sku="MUG", amount_minor=1000),
        order_line(order_id="2", product_id="mug", amount_minor=2000),
        order_line(order_id="2", product_id="pot", sku="POT", amount_minor=4000),
        order_line(order_id="3", product_id="gone", sku="GONE", amount_minor=8000),
        order_line(
            order_id="3", kind="REFUND", amount_minor=-500, quantity=0, **NONE_NAMED
        ),
    )
    rows = [("mug", "Gifts"), ("pot", "Kitchen"), ("MUG", "gifts"), ("POT", "Kitchen")]
    current = pl.DataFrame(rows, schema=CATALOG_CATEGORIES, orient="row")
    return replace(lines, current_categories=key_current_categories(current))


def run(facts: OrderFacts, **query: object) -> AnalyticsResult:
    parsed = AnalyticsQuery.model_validate(
        {"metrics": ["net_revenue", "orders"], **query}
    )
    return run_query(parsed, facts, home_currency="USD", zone=ZoneInfo("UTC"))


def test_rows_are_of_the_category_of_now_and_of_then(facts: OrderFacts) -> None:
    then = run(facts, group_by=["category"])
    now = run(facts, group_by=["current_category"])

    assert {row["category"]: row["net_revenue"] for row in then.rows} == {
        "Kitchen": 150.0,
        "(not attributed)": -5.0,
    }
    assert {
        row["current_category"]: (row["net_revenue"], row["orders"]) for row in now.rows
    } == {
        "Gifts": (30.0, 2),
        "Kitchen": (40.0, 1),
        "(none)": (80.0, 1),
        "(not attributed)": (-5.0, 0),
    }
    assert now.totals["net_revenue"] == then.totals["net_revenue"] == 145.0
    assert now.totals["orders"] == 3


def test_lines_are_filtered_by_the_category_of_now(facts: OrderFacts) -> None:
    moved = run(facts, filters=[{"dimension": "current_category", "in": ["GIFTS"]}])
    both = run(
        facts,
        group_by=["category", "current_category"],
        filters=[{"dimension": "current_category", "notIn": ["(none)", "Kitchen"]}],
    )

    assert moved.totals["net_revenue"] == 30.0
    assert [(row["category"], row["current_category"]) for row in both.rows] == [
        ("Kitchen", "Gifts"),
        ("(not attributed)", "(not attributed)"),
    ]


def test_a_category_that_no_product_has_now_is_refused(facts: OrderFacts) -> None:
    with pytest.raises(ImpossibleQuery, match="current category Toys"):
        run(facts, filters=[{"dimension": "current_category", "in": ["Toys"]}])
