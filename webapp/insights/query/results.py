"""Results of an `AnalyticsQuery`: a table, its totals, and the receipt of where they come from."""

from enum import StrEnum
from typing import Any

from webapp.insights.query.analytics_query import EXAMPLE, AnalyticsQuery
from webapp.insights.query.definitions import METRICS, Unit
from webapp.kit.json import OmittedIfNone, ResponseBody
from webapp.kit.weeks import WeekStart

ResultRow = dict[str, str | int | float | None]
"""Name of the column → value; money in major units. `None` where there is none: a change on
nothing, an average of no orders."""


class ColumnRole(StrEnum):
    DIMENSION = "dimension"
    METRIC = "metric"
    COMPARISON = "comparison"
    DERIVED = "derived"


class ResultColumn(ResponseBody):
    example_values = {
        "name": "net_revenue",
        "label": "net revenue",
        "role": ColumnRole.METRIC,
        "unit": Unit.MONEY,
    }

    name: str
    label: str
    role: ColumnRole
    unit: OmittedIfNone[Unit] = None
    """Of figures."""


class MetricReceipt(ResponseBody):
    example_values = {
        "name": "net_revenue",
        "label": "net revenue",
        "definition": METRICS["net_revenue"].definition,
    }

    name: str
    label: str
    definition: str


class AnalyticsReceipt(ResponseBody):
    """Where the figures come from: the query of the result, sent again, gives the same ones unless
    the shop's records have changed since."""

    example_values = {
        "window_start": "2026-03-01T00:00:00Z",
        "window_end": "2026-05-01T00:00:00Z",
        "first_day": "2026-03-01",
        "last_day": "2026-04-30",
        "time_zone": "UTC",
        "week_start": WeekStart.MONDAY,
        "rows_read": 412,
        "rows_counted": 96,
        "as_of": "2026-05-02T09:30:00Z",
        "currencies": ["USD"],
        "source": "database",
    }

    metrics: list[MetricReceipt]
    window_start: str | None
    """ISO 8601, as the other times."""
    window_end: str | None
    """Not included."""
    first_day: str | None
    last_day: str | None
    """Included."""
    time_zone: str
    week_start: WeekStart
    """On which weekday weeks begin."""
    rows_read: int
    """Lines of orders and refunds, and searches, in the window, before any filter."""
    rows_counted: int
    """Those that passed the filters, and count for one of the metrics."""
    as_of: str
    currencies: list[str]
    """Those that the counted orders were paid in."""
    source: str


class AnalyticsResult(ResponseBody):
    example_values = {
        "query": AnalyticsQuery.model_validate(EXAMPLE),
        "title": "Net revenue by month, March to April 2026, only category Kitchen, UTC",
        "columns": [
            ResultColumn(name="month", label="month", role=ColumnRole.DIMENSION),
            ResultColumn.example(),
        ],
        "rows": [
            {"month": "2026-03", "net_revenue": 1204.5},
            {"month": "2026-04", "net_revenue": 998.0},
        ],
        "row_count": 2,
        "totals": {"net_revenue": 2202.5},
        "currency": "USD",
        "by_currency": [],
        "unconverted": [],
        "notes": [],
    }

    query: AnalyticsQuery
    """As it was understood: windows as days, currency and zone filled in."""
    title: str
    """The query in words."""
    columns: list[ResultColumn]
    rows: list[ResultRow]
    row_count: int
    """Before the limit."""
    totals: ResultRow
    """The metrics over all rows, those beyond the limit included: no sum of the rows, where they
    do not add up."""
    currency: str | None
    """Of the amounts; none where the rows are of several, and say which, or where there is none."""
    by_currency: list[ResultRow]
    """The totals of each currency that orders were paid in, as paid, where there are several."""
    unconverted: list[ResultRow]
    """Those of orders that store no rate, and are not part of any other figure."""
    notes: list[str]
    """What a reader must know: periods that are not over, orders that are listed apart."""
    chart: OmittedIfNone[dict[str, Any]] = None
    """A Vega-Lite specification whose data are the rows, by the name `rows`, and as wide as the
    element that it is in; none where there is nothing to compare."""
    receipt: AnalyticsReceipt
