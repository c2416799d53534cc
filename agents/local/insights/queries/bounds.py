"""What the rows of a query must reach: "over 1,000", "lower it to 7". Pure."""

from agents.local.dialogue_state import Json
from agents.local.insights.queries.parts import NeedsAnswer, has_period
from agents.local.insights.question.derived_columns import NEVER_SOLD, SOLD
from agents.local.insights.question.draft import Bound, Request
from webapp.insights.query.definitions import METRICS, Unit, list_dimensions_of

PRICE_GAP = "I have no filter by the price of a product or the amount of a single order"
GOODS = frozenset({"product", "variant", "category", "brand", "tag"})
LOW, HIGH = frozenset({"atLeast", "moreThan"}), frozenset({"atMost", "lessThan"})
ORDER_GAP = (
    "I have no filter by the amount of a single order; there is the average order value, and "
    "revenue by country, product or time"
)
SIZE_GAP = (
    "I have no filter by what is in a single order; there are the units per order"
)
OF_ORDERS = frozenset({"orders", "placed_orders", "guest_orders"})
CUSTOMER_GAP = (
    "I have no filter by what one customer spent; their segments say who spends much"
)
OF_EACH = {
    **dict.fromkeys(OF_ORDERS, ORDER_GAP),
    **dict.fromkeys(
        ("customers", "new_customers", "returning_customers"), CUSTOMER_GAP
    ),
}
"""By what is counted, why a bound is not of each of them."""
OF_ALL = {
    "returned_units": "return_rate", "returns": "return_rate", "refunds": "refund_rate",
    "canceled_orders": "cancellation_rate",
}  # fmt: skip
"""By metric, its rate."""
WITH_ROWS = {
    "returned_units": "units", "returns": "units", "refunds": "units", "refunded_orders": "units",
    "canceled_orders": "placed_orders",
}  # fmt: skip
"""By metric that only has rows of what happened, the one that has those of what could."""
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
        if bound.at_most == 0 and not has_period(query):
            metric = _list_all_rows(query, metric, bound)
        column = _choose_column(query, metric, bound)
        condition = _build_condition(bound, column)
        same = [each for each in query["having"] if each["by"] == column]
        if same and (index > 0 or request.keeps_bounds):
            # "Over 1,000 and under 5,000": both ends.
            condition = {**_drop_ends(same[0], condition), **condition}
        others = [each for each in query["having"] if each not in same]
        query["having"] = [*others, condition]


def _has_percents(query: Json) -> bool:
    return query.get("compareTo") is not None or bool(query["derived"])


def _check_bound(query: Json, request: Request, bound: Bound) -> None:
    metric = bound.metric or query["metrics"][0]
    is_price = bound.is_money and METRICS[metric].unit is not Unit.MONEY
    has_metric = bool(request.metrics) or bool(query["having"]) or request.is_edit
    is_vague = bound.is_money and not (has_metric or bound.metric or bound.of_change)
    if is_price or is_vague:
        reason = OF_EACH.get(metric, PRICE_GAP)
        raise NeedsAnswer(f"I cannot answer “{bound.text}”: {reason}.")
    # "Orders over 3 items by country" are no countries with more than 3 items.
    is_size = bound.metric == "units" and not OF_ORDERS.isdisjoint(request.metrics)
    if not query["groupBy"] or (is_size and GOODS.isdisjoint(query["groupBy"])):
        of_each = SIZE_GAP if is_size else OF_EACH.get(metric)
        no_rows = [] if query["groupBy"] else [SINGLE_GAP]
        reasons = [*no_rows, *filter(None, [of_each])]
        raise NeedsAnswer(f"I cannot answer “{bound.text}”: {'. '.join(reasons)}.")


def _list_all_rows(query: Json, metric: str, bound: Bound) -> str:
    """A day without orders is a row. A product that nobody bought is one of its stock, and one that
    nobody returned is one of what was sold; the metric that is bounded.

    Raises `NeedsAnswer` for what has no stock."""
    along = WITH_ROWS.get(metric)
    if metric in SOLD:
        along = "stock"
        named = [*query["groupBy"], *(each["dimension"] for each in query["filters"])]
        if not set(named) <= set(list_dimensions_of(METRICS["stock"])):
            raise NeedsAnswer(f"I cannot answer “{bound.text}”: {NEVER_SOLD}.")
    if metric == "net_revenue":
        # That of a product that was only sent back is below zero.
        query["metrics"] = [
            "units" if each == metric else each for each in query["metrics"]
        ]
        metric = "units"
    if along is not None and along not in query["metrics"]:
        query["metrics"].append(along)
    return metric


def _choose_column(query: Json, metric: str, bound: Bound) -> str:
    """That of the metric, or of its percents."""
    if bound.of_change and not bound.is_percent and _has_percents(query):
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
    """What fell by 5 has changed by -5; what fell by 5 at most did not rise."""
    low = None if bound.at_least is None else float(bound.at_least)
    high = None if bound.at_most is None else float(bound.at_most)
    moves = {} if column in METRICS else _list_moves(bound)
    if bound.of_fall and column not in METRICS:
        low, high = _turn_sign(high), _turn_sign(low)
    names = ("moreThan", "lessThan") if bound.is_strict else ("atLeast", "atMost")
    ends = dict(zip(names, (low, high), strict=True))
    known = {name: end for name, end in ends.items() if end is not None}
    return {"by": column} | known | moves


def _list_moves(bound: Bound) -> Json:
    """Zero as the other end of a change that has none."""
    if bound.at_least is not None or not (bound.of_fall or bound.of_rise):
        return {}
    return {"lessThan": 0.0} if bound.of_fall else {"moreThan": 0.0}


def _drop_ends(before: Json, condition: Json) -> Json:
    """What was to be reached, without the ends that are others now."""
    replaced = [ends for ends in (LOW, HIGH) if not ends.isdisjoint(condition)]
    return {
        name: end
        for name, end in before.items()
        if not any(name in ends for ends in replaced)
    }


def _turn_sign(end: float | None) -> float | None:
    return None if end is None else 0 - end


def move_bound(query: Json, number: int) -> None:
    """ "Lower it to 7", of the one thing that the rows must reach."""
    [bound] = query["having"]
    end = next(name for name in ("atLeast", "moreThan", *HIGH) if name in bound)
    query["having"] = [{"by": bound["by"], end: float(number)}]
