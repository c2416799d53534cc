"""Parts of Vega-Lite specifications that the charts of queries and of analyses share. Pure.

The data of a chart are the rows of its table, by the name `rows`: clients bind them, and a report
puts them in (`with_rows`). So a chart and its table cannot differ, and no text of the shop is part
of an expression; those that a query names, such as the values of its filters, are in the titles.
"""

import json
from calendar import day_abbr
from collections.abc import Mapping, Sequence
from textwrap import shorten, wrap
from typing import Any

from webapp.insights.query.definitions import Unit

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
DATA_NAME = "rows"
WIDTH, HEIGHT = 600, 320
"""Where a chart is drawn by itself; a page gives it the width of the element that it is in."""
LINE_CHARS, TITLE_CHARS = 52, 208
"""Of titles: a line fits a phone."""
BAR_STEP = 22
"""Pixels of a bar with its gap, so that any number of them can be read."""
LABEL_WIDTH, LEGEND_WIDTH = 180, 100
MAX_BARS = 40
ACCENT, CONTRAST, MUTED, PALE = "#2f6f8f", "#d55e00", "#8a979f", "#e3e8eb"
COLORS = [
    ACCENT, "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b58900", "#5b5b5b", "#7b3f98",
]  # fmt: skip
"""That people with any color vision can tell apart (after Okabe and Ito)."""
MAX_SERIES = len(COLORS)
FIGURE, VALUE = "figure", "value"
"""The columns of several figures drawn on one axis."""
PLACE, KEY = "place", "row"
"""The number of a row, and what sets it apart from one of the same name."""
LINE_BREAK = r"\n"
"""In an expression."""
LINE_HEIGHT = 12
SIZE: Json = {"width": "container", "height": HEIGHT}
BAR_SIZE: Json = {"width": "container", "height": {"step": BAR_STEP}}


def frame_chart(title: str, drawn: Json, *, subtitle: Sequence[str] = ()) -> Json:
    """The whole specification of what is drawn."""
    lines = [line for each in subtitle for line in _wrap_text(each)]
    heading: Json = {"text": _wrap_text(title), "anchor": "start"}
    return {
        "$schema": SCHEMA,
        "title": {**heading, "subtitle": lines} if lines else heading,
        "data": {"name": DATA_NAME},
        "config": {
            "view": {"continuousWidth": WIDTH},
            "range": {"category": COLORS},
        },
        **drawn,
    }


def _wrap_text(text: str) -> list[str]:
    """In lines, as Vega does not break text; cut if it is long."""
    return wrap(shorten(text, TITLE_CHARS, placeholder=" …"), LINE_CHARS)


def with_rows(chart: Json, rows: Sequence[Mapping[str, Any]]) -> Json:
    """The chart with its data, for whoever draws it alone."""
    return {**chart, "data": {"values": [dict(row) for row in rows]}}


def take_first(count: int) -> list[Json]:
    """The first rows, with their numbers."""
    return [number_rows(), {"filter": f"datum.{PLACE} <= {count}"}]


def note_first(row_count: int) -> list[str]:
    """That there are more rows than bars."""
    return [f"The first {MAX_BARS} of {row_count} rows"] if row_count > MAX_BARS else []


def number_rows() -> Json:
    return {"window": [{"op": "row_number", "as": PLACE}]}


def key_rows(names: Sequence[str]) -> Json:
    """A key for each numbered row, of its number and its names: rows may have the same ones."""
    parts = "".join(f" + '{LINE_BREAK}' + {_write_name(name)}" for name in names)
    return {"calculate": f"datum.{PLACE}{parts}", "as": KEY}


def _write_name(name: str) -> str:
    value = f"datum['{name}']"
    return f"{list(day_abbr)}[{value} - 1]" if name == "weekday" else value


def encode_keys(names: int = 1) -> Json:
    """The rows in their order, each of so many names on a line of its own, cut where it is long."""
    return {
        "field": KEY,
        "type": "ordinal",
        "sort": None,
        "title": None,
        "axis": {
            "labelExpr": f"slice(split(datum.label, '{LINE_BREAK}'), 1)",
            "labelLimit": LABEL_WIDTH,
            # The first line is in the middle of the bar.
            "labelOffset": -LINE_HEIGHT * (names - 1) / 2,
        },
    }


def measure_bars(names: int) -> Json:
    """The size of bars with labels of so many lines."""
    step = BAR_STEP + LINE_HEIGHT * (names - 1)
    return {"width": "container", "height": {"step": step}}


def encode_figure(name: str, label: str, unit: Unit, currency: str | None) -> Json:
    """A figure along an axis that names its unit."""
    sign = None if "percent" in label else name_unit(unit, currency)
    axis: Json = {"format": ",f", "grid": True, "labelOverlap": True, "tickCount": 6}
    if unit is Unit.COUNT:
        axis["tickMinStep"] = 1
    return {
        "field": name,
        "type": "quantitative",
        "title": f"{label} ({sign})" if sign else label,
        "axis": axis,
    }


def encode_heat(name: str, title: str | None) -> Json:
    """A figure as how dark a cell is."""
    return {
        "field": name,
        "type": "quantitative",
        "title": title,
        "scale": {"scheme": "blues", "zero": True},
        "legend": {"orient": "top", "format": ",f", "tickCount": 4},
    }


def name_unit(unit: Unit, currency: str | None) -> str | None:
    """The sign of a unit that has one."""
    return {Unit.MONEY: currency, Unit.PERCENT: "%"}.get(unit)


def fold_figures(figures: Sequence[str]) -> Json:
    """A row for each of the figures."""
    return {"fold": list(figures), "as": [FIGURE, VALUE]}


def encode_colors(labels: Mapping[str, str]) -> Json:
    """A color for each of several figures on one axis, by name and label."""
    return {
        "field": FIGURE,
        "type": "nominal",
        "title": None,
        "sort": list(labels),
        "scale": {"domain": list(labels), "range": COLORS[: len(labels)]},
        "legend": {
            "orient": "top",
            "columns": 2,
            "labelLimit": LABEL_WIDTH,
            "labelExpr": f"{json.dumps(labels)}[datum.label]",
        },
    }
