"""Executes an `AnalyticsQuery` over order lines.

    facts = load_order_facts(session, home_currency="USD")
    result = run_query(query, facts, home_currency="USD", zone=ZoneInfo("Europe/Berlin"))

The rows and the totals are aggregated from the lines each by themselves, so that totals are right
where rows do not add up to them. All of them are collected in one pass, over the months that the
windows need; a runner of steps may divide the months (`analytics.semantic.steps`).
"""

from zoneinfo import ZoneInfo

from analytics.facts.order_facts import OrderFacts
from analytics.semantic.extent import read_extent
from analytics.semantic.figures import compute_figures
from analytics.semantic.presentation import build_result
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.steps import StepRunner, run_in_process
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.validation import check_query
from webapp.kit.time_zones import parse_zone


def run_query(
    query: AnalyticsQuery,
    facts: OrderFacts,
    *,
    home_currency: str,
    zone: ZoneInfo,
    run_step: StepRunner = run_in_process,
) -> AnalyticsResult:
    """Raises `ImpossibleQuery`, `BadWindow`."""
    check_query(query)
    zone = parse_zone(query.time_zone) if query.time_zone else zone
    now = min(query.as_of or facts.as_of, facts.as_of)
    extent = read_extent(facts, now, run_step)
    windows = QueryWindows(query, zone, now, extent.first or now)
    figures = compute_figures(
        query, facts, windows, only_currency=extent.only_currency, run_step=run_step
    )
    return build_result(
        query, figures, windows, home_currency=home_currency, source=facts.source
    )
