"""Executes an `AnalyticsQuery` over order lines.

    facts = load_order_facts(session, home_currency="USD")
    result = run_query(query, facts, home_currency="USD", zone=ZoneInfo("Europe/Berlin"))

The rows and the totals are aggregated from the lines each by themselves, so that totals are right
where rows do not add up to them. All of them are collected in one pass.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from analytics.facts.order_facts import OrderFacts
from analytics.semantic.figures import compute_figures
from analytics.semantic.presentation import build_result
from analytics.semantic.query_windows import QueryWindows
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.validation import check_query
from webapp.kit.time_zones import parse_zone


def run_query(
    query: AnalyticsQuery, facts: OrderFacts, *, home_currency: str, zone: ZoneInfo
) -> AnalyticsResult:
    """Raises `ImpossibleQuery`, `BadWindow`."""
    check_query(query)
    zone = parse_zone(query.time_zone) if query.time_zone else zone
    now = min(query.as_of or facts.as_of, facts.as_of)
    known = facts.lines.filter(pl.col("at") <= now)
    first, currencies = read_extent(known)
    windows = QueryWindows(query, zone, now, first or now)
    figures = compute_figures(
        query,
        known,
        windows,
        only_currency=currencies[0] if len(currencies) == 1 else None,
    )
    return build_result(
        query, figures, windows, home_currency=home_currency, source=facts.source
    )


def read_extent(lines: pl.LazyFrame) -> tuple[datetime | None, Sequence[str]]:
    """The time of the first line, and the currencies of all."""
    first, currencies = pl.collect_all(
        [lines.select(pl.col("at").min()), lines.select(pl.col("currency").unique())],
        engine="streaming",
    )
    return first.item(), currencies["currency"].to_list()
