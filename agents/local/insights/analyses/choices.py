"""The dimensions that analyses can be by."""

from collections.abc import Mapping, Sequence

from agents.local.insights.analyses.forecast_steps import FORECAST_PERIODS

CHOICES: Mapping[str, tuple[str | None, Sequence[str]]] = {
    "anomalies": ("period", ("day", "week")),
    "forecast": ("period", FORECAST_PERIODS),
    "basket_pairs": ("by", ("product", "category")),
    "concentration": ("by", ("product", "variant", "category", "country", "customer")),
    "retention": (None, ("month",)),
    "lifetime_value": (None, ("month",)),
    "price_effect": (None, ("product", "variant")),
    "search_insights": (None, ("search_query",)),
    "stock_outlook": (None, ("product", "variant")),
}
"""By analysis, the argument that a dimension is for, and the dimensions that it can be; without an
argument its rows are of these in any case."""
