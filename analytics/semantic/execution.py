"""Executes an `AnalyticsQuery` over order lines, and over the facts of other families.

    facts = load_order_facts(session, home_currency="USD")
    result = run_query(query, facts, home_currency="USD", zone=ZoneInfo("Europe/Berlin"))

The rows and the totals are aggregated from the facts each by themselves, so that totals are right
where rows do not add up to them. All of them are collected in one pass, over the months that the
windows need; a runner of steps may divide the months (`analytics.semantic.steps`). Metrics of
several families are computed each from its own, and stand in the same rows.
"""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from analytics.facts.families import OtherFacts
from analytics.facts.order_facts import OrderFacts
from analytics.facts.stock_facts import StockFacts
from analytics.semantic.customer_segments import add_segments
from analytics.semantic.figures import FamilyFigures, compute_figures
from analytics.semantic.presentation import build_result
from analytics.semantic.query_windows import QueryWindows
from analytics.semantic.sources import FactSource, FamilySource, OrderSource
from analytics.semantic.steps import StepRunner, run_in_process
from analytics.semantic.stock_figures import StockSource, compute_stock_figures
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import FAMILIES, METRICS, ORDERS, list_families
from webapp.insights.query.results import AnalyticsResult
from webapp.insights.query.validation import check_query, check_zone
from webapp.insights.query.windows import resolve_now
from webapp.kit.time_zones import parse_zone

FigureSource = FactSource | StockSource
NO_OTHERS: Mapping[str, OtherFacts] = {}


def run_query(
    query: AnalyticsQuery,
    facts: OrderFacts,
    *,
    home_currency: str,
    zone: ZoneInfo,
    run_step: StepRunner = run_in_process,
    others: Mapping[str, OtherFacts] = NO_OTHERS,
) -> AnalyticsResult:
    """`others` are the facts of the other families that the query is of, by the name of the family;
    `zone` is the shop's. Raises `ImpossibleQuery`, `BadWindow`."""
    check_query(query)
    check_zone(query.metrics, query.time_zone, zone)
    zone = parse_zone(query.time_zone) if query.time_zone else zone
    now = resolve_now(query.as_of, facts.as_of)
    families = list_families(query.metrics)
    facts = add_segments(facts, query, now, run_step)
    orders = OrderSource(facts, now, run_step, is_alone=len(families) == 1)
    sources = {
        name: orders if name == ORDERS else _open_source(others[name], home_currency)
        for name in families
    }
    firsts = [each.first for each in sources.values()]
    first = min((each for each in firsts if each is not None), default=now)
    windows = QueryWindows(query, zone, now, first)
    parts = list(_compute_parts(query, sources, windows))
    return build_result(
        query, parts, windows, home_currency=home_currency, source=facts.source
    )


def _open_source(facts: OtherFacts, home_currency: str) -> FigureSource:
    if isinstance(facts, StockFacts):
        return StockSource(facts, home_currency)
    return FamilySource(facts, home_currency)


def _compute_parts(
    query: AnalyticsQuery, sources: Mapping[str, FigureSource], windows: QueryWindows
) -> Iterator[FamilyFigures]:
    for name, source in sources.items():
        metrics = [
            metric for metric in query.metrics if METRICS[metric].family.name == name
        ]
        part = query.model_copy(update={"metrics": metrics})
        figures = (
            compute_stock_figures(part, source, windows)
            if isinstance(source, StockSource)
            else compute_figures(part, source, windows)
        )
        yield FamilyFigures(
            FAMILIES[name], part, source.first, source.whole_until, figures
        )
