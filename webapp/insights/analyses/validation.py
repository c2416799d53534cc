"""Refuses the requests that make no sense, each with what is possible instead. Pure."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from webapp.insights.analyses.requests import (
    AnalysisRequest,
    AnomaliesRequest,
    ExplainChangeRequest,
    ForecastRequest,
    Question,
    SearchInsightsRequest,
    StockOutlookRequest,
)
from webapp.insights.query.analytics_query import AnalyticsQuery, QueryScope
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    ORDERS,
    PERIODS,
    SEARCHES,
    Additivity,
    Metric,
    list_dimensions_of,
)
from webapp.insights.query.errors import ImpossibleQuery
from webapp.insights.query.validation import check_query, check_zone

USUAL_DIMENSIONS = (
    "category", "product", "country", "customer_status", "currency", "weekday", "search_query",
)  # fmt: skip
ADDING_UP = (Additivity.SUM, Additivity.BY_ORDER)


def check_question(question: Question) -> None:
    """Raises `ImpossibleQuery` for the first thing that makes no sense."""
    if isinstance(question, AnalyticsQuery):
        check_query(question)
    else:
        check_analysis(question)


def check_analysis(request: AnalysisRequest) -> None:
    """Raises `ImpossibleQuery` for the first thing that makes no sense."""
    if isinstance(request, SearchInsightsRequest | StockOutlookRequest):
        is_of_stock = isinstance(request, StockOutlookRequest)
        scope = request.model_dump(include=set(QueryScope.model_fields))
        metric = "available" if is_of_stock else "searches"
        check_query(AnalyticsQuery(metrics=[metric], **scope))
        return
    metric = getattr(request, "metric", None) or "orders"
    check_query(AnalyticsQuery(metrics=[metric], filters=request.filters))
    if isinstance(request, ExplainChangeRequest):
        _check_explained(METRICS[request.metric])
    else:
        _check_family(METRICS[metric], _list_metrics_of(request))
    match request:
        case ExplainChangeRequest():
            _check_windows(request)
            _check_dimensions(request)
        case AnomaliesRequest():
            _check_parts(METRICS[request.metric])
        case ForecastRequest():
            _check_quotient(METRICS[request.metric])


def _list_metrics_of(request: AnalysisRequest) -> list[str]:
    """The metrics that an analysis of orders can be of."""
    of_orders = {
        name: each for name, each in METRICS.items() if each.family.name == ORDERS
    }
    match request:
        case AnomaliesRequest():
            return [
                name for name, each in of_orders.items() if each.additivity in ADDING_UP
            ]
        case ForecastRequest():
            return [
                name
                for name, each in of_orders.items()
                if each.additivity is not Additivity.RATIO
            ]
        case _:
            return [*of_orders]


def _check_family(metric: Metric, possible: Sequence[str]) -> None:
    if metric.family.name != ORDERS:
        raise ImpossibleQuery(
            f"{metric.label} are not of orders, which this analysis is of",
            possible=possible,
        )


def _check_windows(request: ExplainChangeRequest) -> None:
    check_query(
        AnalyticsQuery(
            metrics=[request.metric],
            window=request.window,
            compare_to=request.compare_to,
        )
    )


def _check_dimensions(request: ExplainChangeRequest) -> None:
    possible = list_explaining_dimensions(METRICS[request.metric])
    for name in request.dimensions:
        if name not in possible:
            raise ImpossibleQuery(
                f"The change cannot be split by {name[:50]}", possible=possible
            )
    if len(set(request.dimensions)) < len(request.dimensions):
        raise ImpossibleQuery(
            "A dimension is there twice",
            possible=list(dict.fromkeys(request.dimensions)),
        )


def list_explaining_dimensions(metric: Metric) -> list[str]:
    """The dimensions by which a metric's parts add up to it, or those of both components of a
    quotient; no periods, which differ between the windows, and none of which a line may have
    several values."""
    overlapping = list_overlapping_dimensions(metric)
    return [
        name
        for name in list_dimensions_of(metric)
        if name not in PERIODS
        and not DIMENSIONS[name].is_multivalued
        and name not in overlapping
    ]


def list_overlapping_dimensions(metric: Metric) -> list[str]:
    """The dimensions of which an order that the metric counts may have several values."""
    counts_orders = any(
        METRICS[name].additivity is Additivity.BY_ORDER for name in metric.components
    )
    return [
        name
        for name in list_dimensions_of(metric)
        if counts_orders and DIMENSIONS[name].is_of_lines
    ]


def list_chosen_dimensions(metric: Metric, wanted: Sequence[str]) -> list[str]:
    """Those that are wanted, or the usual ones."""
    possible = list_explaining_dimensions(metric)
    return [name for name in (wanted or USUAL_DIMENSIONS) if name in possible]


def reads_searches(request: AnalysisRequest) -> bool:
    """Whether an analysis is of searches."""
    is_of_searches = isinstance(request, SearchInsightsRequest)
    if isinstance(request, ExplainChangeRequest) and request.metric in METRICS:
        return METRICS[request.metric].family.name == SEARCHES
    return is_of_searches


def check_question_zone(question: Question, zone: ZoneInfo) -> None:
    """Refuse another zone than the shop's, where what is asked for was counted by its days. Raises
    `ImpossibleQuery`."""
    if isinstance(question, AnalyticsQuery):
        check_zone(question.metrics, question.time_zone, zone)
    elif reads_searches(question):
        check_zone(["searches"], question.time_zone, zone)


def _check_explained(metric: Metric) -> None:
    if not _is_explained(metric):
        raise ImpossibleQuery(
            f"The parts of {metric.label} do not add up to it",
            possible=[name for name, each in METRICS.items() if _is_explained(each)],
        )


def _is_explained(metric: Metric) -> bool:
    """Whether its parts add up to it, or those of both components of a quotient."""
    return metric.family.name in {ORDERS, SEARCHES} and all(
        METRICS[name].additivity in ADDING_UP for name in metric.components
    )


def _check_parts(metric: Metric) -> None:
    if metric.additivity not in ADDING_UP:
        raise ImpossibleQuery(
            f"The parts of {metric.label} do not add up to it",
            possible=[*metric.components]
            if metric.additivity is Additivity.RATIO
            else [
                name
                for name, each in METRICS.items()
                if each.family.name == ORDERS and each.additivity in ADDING_UP
            ],
        )


def _check_quotient(metric: Metric) -> None:
    if metric.additivity is Additivity.RATIO:
        raise ImpossibleQuery(
            f"{metric.label} is a quotient, which is not forecast by itself",
            possible=[*metric.components],
        )
