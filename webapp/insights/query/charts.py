"""The chart of a query's result, as a Vega-Lite specification chosen by its shape. Pure."""

from calendar import day_abbr
from collections.abc import Sequence

from webapp.insights.query.analytics_query import AnalyticsQuery, DerivedKind
from webapp.insights.query.definitions import (
    DIMENSIONS,
    METRICS,
    DimensionKind,
    Unit,
)
from webapp.insights.query.descriptions import label_column
from webapp.insights.query.results import ResultRow
from webapp.insights.query.vega_lite import (
    ACCENT,
    BAR_SIZE,
    FIGURE,
    LEGEND_WIDTH,
    MAX_BARS,
    MAX_SERIES,
    MUTED,
    SIZE,
    VALUE,
    Json,
    encode_colors,
    encode_figure,
    encode_heat,
    encode_keys,
    fold_figures,
    frame_chart,
    key_rows,
    measure_bars,
    name_unit,
    note_first,
    take_first,
)

TIMES = {"before": MUTED, "now": ACCENT}
"""Of what is compared: the color of each."""
NUMBER_NAMES = {
    "weekday": f"{list(day_abbr)}[datum.value - 1]",
    "hour_of_day": "datum.value + ':00'",
}
"""By dimension of numbers, what people call them, as an expression."""


def build_chart(
    query: AnalyticsQuery,
    *,
    title: str,
    row_count: int,
    currency: str | None,
    rows: Sequence[ResultRow] = (),
) -> Json | None:
    """Lines for periods, bars for values and for the best of each group, a heat map for two
    dimensions, dots with what was before. `None` for a result without rows to compare, and for
    amounts of different currencies. What `rows` have, and is not drawn, is said."""
    has_money = METRICS[query.metrics[0]].unit is Unit.MONEY
    is_split = has_money and "currency" in query.group_by
    is_list = _is_list(query)
    is_drawable = is_list or len(query.group_by) in {1, 2}
    if row_count < 2 or is_split or not is_drawable:
        return None
    if is_list:
        return frame_chart(
            title, _draw_list(query, currency), subtitle=note_first(row_count)
        )
    if len(query.group_by) == 1:
        return frame_chart(title, _draw_course(query, currency))
    drawn = _draw_two(query, currency)
    return frame_chart(title, drawn, subtitle=_note_greatest(query, rows))


def _is_list(query: AnalyticsQuery) -> bool:
    """Whether rows are drawn in their order, each with its names."""
    kinds = [DIMENSIONS[name].kind for name in query.group_by]
    is_within = bool(query.limit_by) and len(kinds) > 1
    return is_within or kinds == [DimensionKind.TEXT]


def _draw_list(query: AnalyticsQuery, currency: str | None) -> Json:
    within = [name for name in query.limit_by if name in query.group_by]
    names = list(dict.fromkeys([*within, *query.group_by]))
    if query.compare_to is not None:
        return _draw_before_and_now(query, names, currency)
    return _draw_bars(query, names, currency)


def _draw_course(query: AnalyticsQuery, currency: str | None) -> Json:
    """Figures of one unit along periods or numbers, all on one axis."""
    [name] = query.group_by
    is_whole = not query.sort and not query.limit_by
    is_line = DIMENSIONS[name].kind is DimensionKind.PERIOD and is_whole
    figures = _list_comparable(query)
    mark: Json = {"type": "line", "point": True} if is_line else {"type": "bar"}
    x = _encode_dimension(name)
    y = _encode_figure(query.metrics[0], currency)
    if len(figures) == 1:
        return {
            **SIZE,
            "mark": {**mark, "color": ACCENT},
            "encoding": {"x": x, "y": y},
        }
    if len(METRICS.keys() & set(figures)) > 1:
        y["title"] = name_unit(METRICS[query.metrics[0]].unit, currency)
    encoding: Json = {
        "x": x,
        "y": {**y, "field": VALUE},
        "color": encode_colors({each: label_column(each) for each in figures}),
    }
    if not is_line:
        encoding["xOffset"] = {"field": FIGURE, "sort": figures}
    return {
        **SIZE,
        "transform": [fold_figures(figures)],
        "mark": mark,
        "encoding": encoding,
    }


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


def _draw_bars(
    query: AnalyticsQuery, names: Sequence[str], currency: str | None
) -> Json:
    """In the order of the rows; the first ones of many."""
    x = _encode_figure(_choose_figure(query), currency)
    return {
        **measure_bars(len(names)),
        "transform": [*take_first(MAX_BARS), key_rows(names)],
        "mark": {"type": "bar", "color": ACCENT},
        "encoding": {"y": encode_keys(len(names)), "x": x},
    }


def _choose_figure(query: AnalyticsQuery) -> str:
    """A share, where one is asked for: it says more than the amount."""
    shares = [each.name for each in query.derived if each.kind is DerivedKind.SHARE]
    return shares[0] if shares else query.metrics[0]


def _draw_before_and_now(
    query: AnalyticsQuery, names: Sequence[str], currency: str | None
) -> Json:
    """A line from what was to what is, for each row."""
    metric, y = query.metrics[0], encode_keys(len(names))
    now = _encode_figure(metric, currency)
    before = {**now, "field": f"{metric}_before"}
    return {
        **measure_bars(len(names)),
        "transform": [*take_first(MAX_BARS), key_rows(names)],
        "layer": [
            {
                "mark": {"type": "rule", "color": MUTED, "strokeWidth": 3},
                "encoding": {"y": y, "x": before, "x2": {"field": metric}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
                "encoding": {"y": y, "x": before, "color": _color_time("before")},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {"y": y, "x": now, "color": _color_time("now")},
            },
        ],
    }


def _color_time(time: str) -> Json:
    """With a legend of both times."""
    return {
        "datum": time,
        "scale": {"domain": list(TIMES), "range": list(TIMES.values())},
        "legend": {"orient": "top", "title": None},
    }


def _draw_two(query: AnalyticsQuery, currency: str | None) -> Json:
    """A line for each value along periods, or a heat map."""
    first, second = sorted(query.group_by, key=_rank_kind)
    figure = _encode_figure(query.metrics[0], currency)
    if _has_lines(query):
        legend = {"orient": "top", "columns": 3, "labelLimit": LEGEND_WIDTH}
        color = {
            "field": second,
            "type": "nominal",
            "legend": {**legend, **_name_numbers(second)},
        }
        top = _keep_greatest(second, query.metrics[0])
        return {
            **SIZE,
            "transform": top,
            "mark": {"type": "line", "point": True},
            "encoding": {"x": _encode_dimension(first), "y": figure, "color": color},
        }
    return {
        **BAR_SIZE,
        "transform": _keep_greatest(second, query.metrics[0], count=MAX_BARS),
        "mark": "rect",
        "encoding": {
            "x": _encode_dimension(first),
            "y": _encode_dimension(second),
            "color": encode_heat(figure["field"], figure["title"]),
        },
    }


def _note_greatest(query: AnalyticsQuery, rows: Sequence[ResultRow]) -> list[str]:
    """That there are more values of the second dimension than are drawn."""
    _, second = sorted(query.group_by, key=_rank_kind)
    drawn = MAX_SERIES if _has_lines(query) else MAX_BARS
    count = len({row[second] for row in rows})
    if count <= drawn:
        return []
    label = label_column(query.metrics[0])
    values = DIMENSIONS[second].plural
    return [f"The {drawn} of {count} {values} with the greatest {label}"]


def _has_lines(query: AnalyticsQuery) -> bool:
    """Whether two dimensions are drawn as lines along periods."""
    first, _ = sorted(query.group_by, key=_rank_kind)
    return DIMENSIONS[first].kind is DimensionKind.PERIOD and not query.sort


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
    axis |= _name_numbers(name)
    return {
        "field": name,
        "type": "ordinal",
        "sort": None,
        "title": None if is_text else DIMENSIONS[name].label,
        "axis": axis,
    }


def _name_numbers(name: str) -> Json:
    """Of an axis or a legend."""
    return {"labelExpr": NUMBER_NAMES[name]} if name in NUMBER_NAMES else {}


def _encode_figure(name: str, currency: str | None) -> Json:
    metric = METRICS.get(name)
    unit = Unit.PERCENT if metric is None else metric.unit
    return encode_figure(name, label_column(name), unit, currency)
