"""Executes an analysis over order lines.

facts = load_order_facts(session, home_currency="USD")
result = run_analysis(request, facts, home_currency="USD", zone=ZoneInfo("Europe/Berlin"))
"""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from analytics.analyses.anomalies import find_anomalies
from analytics.analyses.basket_pairs import count_basket_pairs
from analytics.analyses.concentration import measure_concentration
from analytics.analyses.context import (
    AnalysisContext,
    refuse_searches,
    refuse_stock,
)
from analytics.analyses.explain_change import explain_change
from analytics.analyses.forecast import forecast_metric
from analytics.analyses.lifetime_value import compute_lifetime_value
from analytics.analyses.price_effect import measure_price_effect
from analytics.analyses.retention import compute_retention
from analytics.analyses.rfm import compute_rfm
from analytics.analyses.search_insights import examine_searches
from analytics.analyses.stock_outlook import estimate_stock_outlook
from analytics.facts.order_facts import OrderFacts
from analytics.facts.search_records import SearchReader
from analytics.facts.stock_facts import StockReader
from webapp.insights.analyses.requests import AnalysisRequest
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.analyses.validation import check_analysis, check_question_zone

ANALYSES: Mapping[str, Callable[[AnalysisContext, Any], AnalysisResult]] = {
    "explain_change": explain_change,
    "anomalies": find_anomalies,
    "forecast": forecast_metric,
    "retention": compute_retention,
    "rfm": compute_rfm,
    "lifetime_value": compute_lifetime_value,
    "basket_pairs": count_basket_pairs,
    "price_effect": measure_price_effect,
    "concentration": measure_concentration,
    "search_insights": examine_searches,
    "stock_outlook": estimate_stock_outlook,
}


def run_analysis(
    request: AnalysisRequest,
    facts: OrderFacts,
    *,
    home_currency: str,
    zone: ZoneInfo,
    read_searches: SearchReader = refuse_searches,
    read_stock: StockReader = refuse_stock,
) -> AnalysisResult:
    """What reads searches and stock is for the analyses that are of them. Raises
    `ImpossibleQuery`, `BadWindow`, `NotEnoughData`."""
    check_analysis(request)
    check_question_zone(request, zone)
    context = AnalysisContext.from_facts(
        request,
        facts,
        home_currency=home_currency,
        zone=zone,
        read_searches=read_searches,
        read_stock=read_stock,
    )
    return ANALYSES[request.analysis](context, request)
