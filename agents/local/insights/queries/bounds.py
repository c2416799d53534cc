"""What the rows of a query must reach: "over 1,000", "lower it to 7". Pure."""

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer, has_period
from agents.local.insights.question.derived_columns import NEVER_SOLD, SOLD
from agents.local.insights.question.draft import Bound, Request
from webapp.insights.query.definitions import METRICS, Unit

PRICE_GAP = "I have no filter by the price of a product or the amount of a single order"
OF_ALL = {
    "returned_units": "return_rate", "returns": "return_rate", "refunds": "refund_rate",
    "canceled_orders": "cancellation_rate",
}  # fmt: skip
"""By metric, its rate."""
SINGLE_GAP = "that needs rows to choose from, such as products, countries or months"


def add_bounds(query: Json, request: Request) -> None:
    """Raises `NeedsAnswer` where there are no rows to choose from, or what is bounded is the price
    of a product or the amount of an order."""
    for index, bound in enumerate(request.bounds):
        _check_bound(query, request, bound)
        metric = bound.metric or query["metrics"][0]
        if bound.is_percent and metric in OF_ALL and not _has_percents(query):
            # "Returned more than 5% of the time": the rate of it.
            named = [each for each in query["metrics"] if each != metric]
            metric = OF_ALL[metric]
            query["metrics"] = [metric, *named]
        if metric not in query["metrics"]:
            query["metrics"].append(metric)
        column = _choose_column(query, metric, bound)
        condition = _build_condition(bound, column)
        same = [each for each in query["having"] if each["by"] == column]
        if same and (index > 0 or request.keeps_bounds):
            # "Over 1,000 and under 5,000": both ends.
            condition = {**same[0], **condition}
        others = [each for each in query["having"] if each not in same]
        query["having"] = [*others, condition]


def _has_percents(query: Json) -> bool:
    return query.get("compareTo") is not None or bool(query["derived"])


def _check_bound(query: Json, request: Request, bound: Bound) -> None:
    metric = bound.metric or query["metrics"][0]
    is_price = bound.is_money and METRICS[metric].unit is not Unit.MONEY
    has_metric = bool(request.metrics) or bool(query["having"]) or request.is_edit
    is_vague = bound.is_money and bound.metric is None and not has_metric
    if is_price or is_vague:
        raise NeedsAnswer(f"I cannot answer “{bound.text}”: {PRICE_GAP}.")
    if not query["groupBy"]:
        raise NeedsAnswer(f"I cannot answer “{bound.text}”: {SINGLE_GAP}.")
    if metric in SOLD and bound.at_most == 0 and not has_period(query):
        # A day without orders is a row; a product that nobody bought is none.
        raise NeedsAnswer(f"I cannot answer “{bound.text}”: {NEVER_SOLD}.")


def _choose_column(query: Json, metric: str, bound: Bound) -> str:
    """That of the metric, or of its percents."""
    if bound.of_change and not bound.is_percent and query.get("compareTo") is not None:
        return f"{metric}_change"
    if not bound.is_percent or METRICS[metric].unit is Unit.PERCENT:
        return metric
    if query.get("compareTo") is not None:
        return f"{metric}_change_percent"
    for kind in ("share", "change"):
        if {"kind": kind, "metric": metric} in query["derived"]:
            return f"{metric}_{kind}"
    raise NeedsAnswer(f"{bound.text} of what, a share or a change?")


def _build_condition(bound: Bound, column: str) -> Json:
    """Of what is counted, "over 5" begins at 6; what fell by 5 has changed by -5."""
    figure = column.removesuffix("_change")
    is_count = figure in METRICS and METRICS[figure].unit is Unit.COUNT
    step = 1 if is_count and bound.is_strict else 0
    low = None if bound.at_least is None else float(bound.at_least + step)
    high = None if bound.at_most is None else float(bound.at_most - step)
    if bound.of_fall and column not in METRICS:
        low, high = _turn_sign(high), _turn_sign(low)
    ends = {"atLeast": low, "atMost": high}
    return {"by": column} | {name: end for name, end in ends.items() if end is not None}


def _turn_sign(end: float | None) -> float | None:
    return None if end is None else -end


def move_bound(query: Json, number: int) -> None:
    """ "Lower it to 7", of the one thing that the rows must reach."""
    [bound] = query["having"]
    end = "atLeast" if "atLeast" in bound else "atMost"
    query["having"] = [{"by": bound["by"], end: float(number)}]
