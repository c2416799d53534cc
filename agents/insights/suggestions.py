"""What to ask next: messages that go on with an answer, chosen by its query or its analysis.

Always the same for the same answer. The parser of the local agent understands each of them. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence

from webapp.insights.analyses.requests import AnalysisRequest
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.analytics_query import AnalyticsQuery
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    PERIODS,
    list_shared_dimensions,
)
from webapp.insights.query.results import AnalyticsResult
from webapp.kit.text import capitalize_first

MAX_SUGGESTIONS = 3
MANY_ROWS = 5
FIRST_QUESTIONS = (
    "Net revenue by month this year",
    "Top 5 products by revenue last month",
    "Which category grew most last month?",
)
"""Where there is no answer to go on with."""
SPLITS = ("month", "category", "country", "product", "search_query", "day")
"""Dimensions to go on with, those that are asked for most before the others."""
EXPLAINED = frozenset({"net_revenue", "gross_sales", "orders", "units", "refunds"})
"""Metrics of which the local agent is asked why they changed."""
AFTER_ANALYSES: Mapping[str, Sequence[str]] = {
    "retention": ["Customer lifetime value", "Net revenue by customer status"],
    "rfm": ["Net revenue by customer segment", "Customer retention"],
    "lifetime_value": ["Customer retention", "RFM segments"],
    "basket_pairs": ["Top 5 products by units sold", "Units per order by month"],
    "price_effect": ["Average price of a unit by product", "Units sold by month"],
    "concentration": ["Top 5 products by net revenue", "What is bought together?"],
    "search_insights": ["Searches by month", "Zero-result rate by month"],
    "stock_outlook": ["Stock on hand by product", "Days out of stock by product"],
}
"""Of the others, what is asked next depends on their metric."""


def suggest_next(view: AnalyticsResult | AnalysisResult | None) -> list[str]:
    """The first few that fit to an answer."""
    if view is None:
        return list(FIRST_QUESTIONS)
    if isinstance(view, AnalysisResult):
        found = follow_analysis(view.request)
    else:
        found = follow_query(view.query, view.row_count)
    return list(dict.fromkeys(found))[:MAX_SUGGESTIONS]


def follow_query(query: AnalyticsQuery, row_count: int) -> Iterator[str]:
    metric = query.metrics[0]
    label = METRICS[metric].label
    is_plain = not (query.limit or query.limit_by or query.having)
    if query.compare_to is not None and metric in EXPLAINED and _is_whole(query):
        yield f"Why did {label} change?"
    elif query.compare_to is None and query.window is not None:
        yield "Compared with the same time last year?"
    is_list = len(query.group_by) == 1 and not set(query.group_by) & set(PERIODS)
    if is_plain and is_list and row_count > MANY_ROWS:
        yield "Top 5 only"
    for name in _list_splits(query.metrics, query.group_by):
        yield f"And by {DIMENSIONS[name].label}?"
    yield f"{capitalize_first(label)} by month this year"


def _is_whole(query: AnalyticsQuery) -> bool:
    """Whether all of its figures are of one time, of which a change can be explained."""
    return query.window is not None and not query.group_by


def _list_splits(metrics: Sequence[str], groups: Sequence[str] = ()) -> Iterator[str]:
    """Dimensions that rows may be of, and are not yet."""
    known = list_shared_dimensions(metrics)
    yield from (name for name in SPLITS if name in known and name not in groups)


def follow_analysis(request: AnalysisRequest) -> Iterator[str]:
    metric = getattr(request, "metric", None)
    if metric is None or request.analysis in AFTER_ANALYSES:
        yield from AFTER_ANALYSES[request.analysis]
        return
    label = METRICS[metric].label
    if request.analysis != "anomalies" and metric in EXPLAINED:
        yield f"Were there unusual days of {label}?"
    if request.analysis != "forecast" and metric in EXPLAINED:
        yield f"Forecast of {label}"
    yield f"{capitalize_first(label)} by month this year"
    for name in _list_splits([metric], ["month"]):
        yield f"{capitalize_first(label)} by {DIMENSIONS[name].label} last month"
