"""What each analysis can be asked for: its figures, its dimensions, how many rows. Pure."""

from collections.abc import Collection, Mapping

from agents.local.dialogue_state import Json
from agents.local.insights.analyses.choices import CHOICES
from agents.local.insights.analyses.details import LEVELED, LEVELS
from agents.local.insights.queries.parts import NeedsAnswer
from agents.local.insights.question.draft import Request
from webapp.insights.analyses.methods import METHODS
from webapp.insights.analyses.requests import MAX_MONTHS
from webapp.insights.query.definitions import DIMENSIONS, METRICS, PERIODS

ITS_FIGURES: Mapping[str, Collection[str]] = {
    "retention": ("customers", "returning_customers", "new_customers", "orders"),
    "rfm": ("customers", "net_revenue", "orders"),
    "lifetime_value": ("net_revenue", "customers", "new_customers"),
    "basket_pairs": ("orders", "units", "customers"),
    "price_effect": ("units", "orders", "net_revenue", "gross_sales", "average_unit_price"),
    "search_insights": (
        "searches", "zero_result_searches", "search_clicks", "search_conversion_rate", "customers",
    ),
    "stock_outlook": ("stock", "available", "units", "stock_cover", "orders"),
    "concentration": ("gross_sales", "net_revenue", "units", "customers"),
}  # fmt: skip
"""The metrics that an analysis can be of, or shows in any case; of others, any."""
LIMITED = frozenset({
    "explain_change", "anomalies", "basket_pairs", "price_effect", "concentration",
    "search_insights", "stock_outlook",
})  # fmt: skip
"""Analyses of which some rows can be asked for; of the others all are shown."""


def refuse_unused(name: str, request: Request) -> None:
    """Raises `NeedsAnswer` for what the analysis has no use for."""
    label = METHODS[name].label
    others = {
        "computed columns": bool(request.derived),
        "a comparison of all periods": request.compare_unit is not None,
        "a lead time": request.lead_days is not None and name != "stock_outlook",
        "another order of rows": _is_reordered(name, request),
    }
    unused = [f"“{each.text}”" for each in request.bounds]
    unused += [words for words, is_asked in others.items() if is_asked]
    if unused:
        raise NeedsAnswer(
            f"I have no use for {unused[0]} here ({label}). Please ask without it."
        )
    if request.months is not None and not 1 <= request.months <= MAX_MONTHS:
        raise NeedsAnswer(f"I can show 1 to {MAX_MONTHS} months since the first order.")
    _refuse_metrics(name, request)


def _is_reordered(name: str, request: Request) -> bool:
    is_by_orders = name == "basket_pairs" and request.sort_by == "orders"
    is_sorted = request.sort_by is not None and not is_by_orders
    return is_sorted or request.flips or request.descending is False


def _refuse_metrics(name: str, request: Request) -> None:
    possible = ITS_FIGURES.get(name, METRICS)
    others = [each for each in request.metrics if each not in possible]
    if others:
        raise NeedsAnswer(
            f"There is no {METRICS[others[0]].label} in this ({METHODS[name].label}). "
            "Please ask for one of them."
        )


def set_choice(base: Json, request: Request) -> None:
    """What the dimensions that are named are for."""
    name = base["analysis"]
    if name == "explain_change":
        rows = [each for each in request.group_by if each not in PERIODS]
        base |= {"dimensions": rows} if rows else {}
        return
    argument, dimensions = CHOICES.get(name, (None, ()))
    named = list(request.group_by)
    if "customers" in request.metrics and "customer" in dimensions:
        request.metrics = [each for each in request.metrics if each != "customers"]
        named.insert(0, "customer")
    for dimension in named:
        if dimension not in dimensions:
            possible = ", ".join(dimensions) or "no dimension"
            raise NeedsAnswer(
                f"I cannot do this ({METHODS[name].label}) by {DIMENSIONS[dimension].label}; "
                f"possible: {possible}. Which do you want?"
            )
        if argument is not None:
            base[argument] = dimension


def set_limit(base: Json, request: Request) -> None:
    if request.limit is None or request.limit == 1:
        return
    if base["analysis"] not in LIMITED:
        raise NeedsAnswer(
            f"I show all rows of this ({METHODS[base['analysis']].label}), not the first "
            f"{request.limit}. Please ask without that number."
        )
    base["limit"] = request.limit


def check_level(name: str, level: int) -> int:
    """Raises `NeedsAnswer` for a level of an interval that there is not."""
    if name not in LEVELED:
        raise NeedsAnswer(f"There are no intervals in this ({METHODS[name].label}).")
    if level not in LEVELS:
        raise NeedsAnswer(
            "I can give intervals of eighty, ninety or ninety-five percent. Which do you want?"
        )
    return level
