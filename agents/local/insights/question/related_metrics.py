"""Which metrics belong together: the one that is meant where none is named, and what became of what
another one counts."""

from webapp.insights.query.definitions import METRICS, Unit

DEFAULT_METRIC = "net_revenue"
RATES = {
    part: name
    for name, metric in METRICS.items()
    for part in metric.components[:1]
    if metric.unit is Unit.PERCENT and part in METRICS
}
"""By metric, its share of what it is a part of: "what portion of sales was refunded"."""
OUTCOMES = {
    "orders": {
        "canceled_orders": "canceled_orders",
        "refunds": "refunded_orders",
        "returned_units": "returned_units",
    },
    "units": {"returned_units": "returned_units", "stock": "stock"},
    "net_revenue": {"refunds": "refunds", "returned_units": "returns"},
    "gross_sales": {"refunds": "refunds", "returned_units": "returns"},
    "searches": {"zero_result_searches": "zero_result_searches"},
}
"""By what is counted and by verb, what became of it: "orders that were canceled"."""
WORTH_OF = {
    "returned_units": "returns", "units": DEFAULT_METRIC, "stock": "stock_value",
    "refunded_orders": "refunds", "orders": DEFAULT_METRIC, "refund_rate": "refunds",
    "return_rate": "returns",
}  # fmt: skip
"""By what is counted, the amount of it."""
