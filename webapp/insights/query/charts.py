"""The chart of a result, as a Vega-Lite specification chosen by its shape. Pure.

The data are the rows of the result itself, by the name `rows`: clients bind them, and a report puts
them in (`with_rows`). So a chart and its table cannot differ.
"""

from calendar import day_abbr
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webapp.insights.query.analytics_query import AnalyticsQuery, DerivedKind
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    DimensionKind,
    Unit,
)
from webapp.insights.query.descriptions import label_column

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
DATA_NAME = "rows"
WIDTH, HEIGHT = 600, 320
BAR_STEP = 22
"""Pixels of a bar with its gap, so that any number of them can be read."""
MAX_BARS = 40
MAX_SERIES = 12
ACCENT, MUTED = "#2f6f8f", "#b9c4cc"
FORMATS = {
    Unit.MONEY: ",.2f",
    Unit.COUNT: ",d",
    Unit.PERCENT: ",.1f",
    Unit.RATIO: ",.2f",
}
FIGURE, VALUE = "figure", "value"
"""The columns of several figures drawn on one axis."""


def build_chart(
    query: AnalyticsQuery, *, title: str, row_count: int, currency: str | None
) -> Json | None:
    """Lines for periods, bars for values, a heat map for two dimensions, dots with what was before.
    `None` for a result without rows to compare, and for amounts of different currencies."""
    has_money = METRICS[query.metrics[0]].unit is Unit.MONEY
    is_split = has_money and "currency" in query.group_by
    if not query.group_by or row_count < 2 or is_split or len(query.group_by) > 2:
        return None
    drawn = (
        _draw_two(query, currency)
        if len(query.group_by) == 2
        else _draw_one(query, currency)
    )
    return {
        "$schema": SCHEMA,
        "title": _wrap_title(title),
        "data": {"name": DATA_NAME},
        **drawn,
    }


def with_rows(chart: Json, rows: Sequence[Mapping[str, Any]]) -> Json:
    """The chart with its data, for whoever draws it alone."""
    return {**chart, "data": {"values": [dict(row) for row in rows]}}


def _wrap_title(title: str) -> list[str]:
    """In lines, at the commas: Vega does not break text."""
    lines: list[str] = []
    for part in title.split(", "):
        if lines and len(lines[-1]) + len(part) < 80:
            lines[-1] = f"{lines[-1]}, {part}"
        else:
            lines.append(part)
    return [*(f"{line}," for line in lines[:-1]), lines[-1]]


def _draw_one(query: AnalyticsQuery, currency: str | None) -> Json:
    [name] = query.group_by
    if DIMENSIONS[name].kind is not DimensionKind.TEXT:
        is_line = DIMENSIONS[name].kind is DimensionKind.PERIOD and not query.sort
        return _draw_course(query, name, currency, is_line=is_line)
    if query.compare_to is not None:
        return _draw_before_and_now(query, name, currency)
    return _draw_bars(query, name, currency)


def _draw_course(
    query: AnalyticsQuery, name: str, currency: str | None, *, is_line: bool
) -> Json:
    """Figures of one unit along periods or numbers, all on one axis."""
    figures = _list_comparable(query)
    mark: Json = {"type": "line", "point": True} if is_line else {"type": "bar"}
    x = _encode_dimension(name)
    y = _encode_figure(query.metrics[0], currency)
    if len(figures) == 1:
        return {
            **_SIZE,
            "mark": {**mark, "color": ACCENT},
            "encoding": {"x": x, "y": y},
        }
    color = {
        "field": FIGURE,
        "type": "nominal",
        "title": None,
        "sort": figures,
        "legend": {"orient": "top", "labelExpr": _name_figures(figures)},
    }
    if len(METRICS.keys() & set(figures)) > 1:
        y["title"] = None
    encoding: Json = {"x": x, "y": {**y, "field": VALUE}, "color": color}
    if not is_line:
        encoding["xOffset"] = {"field": FIGURE, "sort": figures}
    fold = [{"fold": figures, "as": [FIGURE, VALUE]}]
    return {**_SIZE, "transform": fold, "mark": mark, "encoding": encoding}


_SIZE: Json = {"width": WIDTH, "height": HEIGHT}


def _list_comparable(query: AnalyticsQuery) -> list[str]:
    """The first metric, what it was before, its average over time, and the metrics of its unit."""
    first, *others = query.metrics
    unit = METRICS[first].unit
    before = [] if query.compare_to is None else [f"{first}_before"]
    averages = [
        each.name
        for each in query.derived
        if each.kind is DerivedKind.MOVING_AVERAGE and each.metric == first
    ]
    return [
        first,
        *before,
        *averages,
        *(each for each in others if METRICS[each].unit is unit),
    ]


def _name_figures(figures: Iterable[str]) -> str:
    """What the legend calls the columns, as an expression of Vega."""
    names = ", ".join(f"'{each}': '{label_column(each)}'" for each in figures)
    return f"{{{names}}}[datum.label]"


def _draw_bars(query: AnalyticsQuery, name: str, currency: str | None) -> Json:
    """In the order of the rows; the first ones of many."""
    figure = _choose_figure(query)
    return {
        "width": WIDTH,
        "height": {"step": BAR_STEP},
        "transform": _take_first(MAX_BARS),
        "mark": {"type": "bar", "color": ACCENT},
        "encoding": {
            "y": _encode_dimension(name),
            "x": _encode_figure(figure, currency),
        },
    }


def _choose_figure(query: AnalyticsQuery) -> str:
    """A share, where one is asked for: it says more than the amount."""
    shares = [each.name for each in query.derived if each.kind is DerivedKind.SHARE]
    return shares[0] if shares else query.metrics[0]


def _take_first(count: int) -> list[Json]:
    return [
        {"window": [{"op": "row_number", "as": "place"}]},
        {"filter": f"datum.place <= {count}"},
    ]


def _draw_before_and_now(
    query: AnalyticsQuery, name: str, currency: str | None
) -> Json:
    """A line from what was to what is, for each value."""
    metric = query.metrics[0]
    y = _encode_dimension(name)
    now = _encode_figure(metric, currency)
    before = {**now, "field": f"{metric}_before"}
    return {
        "width": WIDTH,
        "height": {"step": BAR_STEP},
        "transform": _take_first(MAX_BARS),
        "layer": [
            {
                "mark": {"type": "rule", "color": MUTED, "strokeWidth": 3},
                "encoding": {"y": y, "x": before, "x2": {"field": metric}},
            },
            {
                "mark": {"type": "point", "filled": False, "color": MUTED, "size": 70},
                "encoding": {"y": y, "x": before},
            },
            {
                "mark": {"type": "point", "filled": True, "color": ACCENT, "size": 90},
                "encoding": {"y": y, "x": now},
            },
        ],
    }


def _draw_two(query: AnalyticsQuery, currency: str | None) -> Json:
    """A line for each value along periods, or a heat map."""
    first, second = sorted(query.group_by, key=_rank_kind)
    figure = _encode_figure(query.metrics[0], currency)
    if DIMENSIONS[first].kind is DimensionKind.PERIOD and not query.sort:
        color = {"field": second, "type": "nominal", "legend": {"orient": "right"}}
        top = _keep_greatest(second, query.metrics[0])
        return {
            **_SIZE,
            "transform": top,
            "mark": {"type": "line", "point": True},
            "encoding": {"x": _encode_dimension(first), "y": figure, "color": color},
        }
    heat = {**figure, "scale": {"scheme": "blues"}}
    return {
        "width": WIDTH,
        "height": {"step": BAR_STEP},
        "transform": _keep_greatest(second, query.metrics[0], count=MAX_BARS),
        "mark": "rect",
        "encoding": {
            "x": _encode_dimension(first),
            "y": _encode_dimension(second),
            "color": heat,
        },
    }


def _rank_kind(name: str) -> int:
    """Periods go along, then numbers."""
    order = [DimensionKind.PERIOD, DimensionKind.NUMBER, DimensionKind.TEXT]
    return order.index(DIMENSIONS[name].kind)


def _keep_greatest(
    dimension: str, metric: str, *, count: int = MAX_SERIES
) -> list[Json]:
    """The rows of the values with the greatest totals; the table has all."""
    return [
        {
            "joinaggregate": [{"op": "sum", "field": metric, "as": "whole"}],
            "groupby": [dimension],
        },
        {
            "window": [{"op": "dense_rank", "as": "place"}],
            "sort": [{"field": "whole", "order": "descending"}, {"field": dimension}],
        },
        {"filter": f"datum.place <= {count}"},
    ]


def _encode_dimension(name: str) -> Json:
    """In the order of the rows."""
    is_text = DIMENSIONS[name].kind is DimensionKind.TEXT
    axis: Json = {"labelOverlap": True, "labelLimit": 220, "labelAngle": 0}
    if name == "weekday":
        axis["labelExpr"] = f"{list(day_abbr)}[datum.value - 1]"
    return {
        "field": name,
        "type": "ordinal",
        "sort": None,
        "title": None if is_text else DIMENSIONS[name].label,
        "axis": axis,
    }


def _encode_figure(name: str, currency: str | None) -> Json:
    metric = METRICS.get(name)
    unit = Unit.PERCENT if metric is None else metric.unit
    signs = {Unit.MONEY: currency or "", Unit.PERCENT: "%"}
    sign = signs.get(unit, "")
    label = label_column(name)
    return {
        "field": name,
        "type": "quantitative",
        "title": f"{label} ({sign})" if sign else label,
        "axis": {"format": FORMATS[unit].replace(".2f", ".0f"), "grid": True},
    }
