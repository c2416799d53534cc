"""What an analysis found, as names and texts. Pure."""

from collections.abc import Iterator

from analytics.reports.figures import CHANGE, clean_text, format_figure
from webapp.insights.analyses.results import AnalysisResult
from webapp.insights.query.definitions import DIMENSIONS, METRICS, Unit
from webapp.insights.query.descriptions import name_value
from webapp.kit.text import capitalize_first

PERCENT_ENDINGS = ("_percent", "_rate")
RATIOS = {"expected_by_chance", "gini", "main_score", "scaled_error"}
COUNTS = {
    "anomalies", "cohorts", "customers", "history_periods",
    "known_visitor_searches", "orders", "orders_with_several", "out_of_stock",
    "outcome_orders_before", "outcome_orders_now", "pairs", "past_forecasts",
    "periods_checked", "placed_orders_before", "placed_orders_now", "queries",
    "queries_left_out", "running_out", "running_out_before_arrival", "searches",
    "searches_left_out", "unsold", "values", "variants", "variants_refused",
    "zero_result_searches", "lost_units", "lost_units_per_day",
}  # fmt: skip
AMOUNTS = {"lost_revenue_low", "lost_revenue_high", "net_revenue"}
"""Whatever the metric; other figures are in the unit of the metric, or of a part of a quotient."""
LABELS = {"gini": "Gini coefficient"}


def list_findings(result: AnalysisResult) -> list[tuple[str, str]]:
    return list(_iterate_findings(result))


def _iterate_findings(result: AnalysisResult) -> Iterator[tuple[str, str]]:
    for name in type(result.findings).model_fields:
        value = None if name == "analysis" else getattr(result.findings, name)
        label = LABELS.get(name) or capitalize_first(name.replace("_", " "))
        label = label.replace(" percent", " in %")
        if isinstance(value, str):
            yield label, clean_text(_name_text(result, name, value))
        elif isinstance(value, int | float):
            unit = find_unit(result, name)
            signed = bool(CHANGE.search(name))
            yield label, format_figure(value, unit, result.currency, signed=signed)


def _name_text(result: AnalysisResult, name: str, value: str) -> str:
    """Dimensions and their values as the tables name them."""
    if name == "main_dimension" and value in DIMENSIONS:
        return DIMENSIONS[value].label
    if name == "main_value":
        return name_value(getattr(result.findings, "main_dimension", ""), value)
    return value


def find_unit(result: AnalysisResult, name: str) -> Unit:
    if name.endswith(PERCENT_ENDINGS):
        return Unit.PERCENT
    if name in RATIOS:
        return Unit.RATIO
    if name in COUNTS:
        return Unit.COUNT
    return Unit.MONEY if name in AMOUNTS else _find_metric_unit(result, name)


def _find_metric_unit(result: AnalysisResult, name: str) -> Unit:
    metric = METRICS[getattr(result.request, "metric", "net_revenue")]
    part, _, rest = name.partition("_")
    if metric.ratio_of is not None and part in {"numerator", "denominator"}:
        # Its effect is a part of the change of the quotient.
        place = ("numerator", "denominator").index(part)
        return metric.unit if rest == "effect" else METRICS[metric.ratio_of[place]].unit
    return metric.unit
