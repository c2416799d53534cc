"""Draws the charts of tables: as SVG for print, as PNG for mail.

V8 runs Vega-Lite, so this belongs in a process of its own. It reads nothing from anywhere: the
rows are part of the specification, and the fonts are those of `fonts`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import vl_convert

from analytics.reports.content import DrawnChart
from analytics.reports.figures import clean_text
from analytics.reports.fonts import FONT_DIRS, replace_distinct
from analytics.reports.tables import ReportTable
from webapp.insights.query.vega_lite import with_rows

WIDTH = 480
"""In all: text can still be read where a phone shows it smaller."""
MAX_HEIGHT = 240
TEXT = {"labelFontSize": 12, "titleFontSize": 12}
CONFIG: Mapping[str, Any] = {
    "font": "Noto Sans",
    "axis": TEXT,
    "legend": TEXT,
    "title": {"subtitleFontSize": 12, "subtitleFont": "Noto Sans"},
}


@cache
def _register_fonts() -> None:
    for folder in FONT_DIRS:
        vl_convert.register_font_directory(str(folder))


def draw_chart(table: ReportTable) -> DrawnChart | None:
    if table.chart is None:
        return None
    _register_fonts()
    texts = {
        value for row in table.rows for value in row.values() if isinstance(value, str)
    }
    shown = replace_distinct(sorted(texts))
    rows = [
        {
            name: shown[value] if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in table.rows
    ]
    chart = _fit_chart(dict(table.chart))
    svg = vl_convert.vegalite_to_svg(with_rows(chart, rows), allowed_base_urls=[])
    is_complete = all(shown[text] == clean_text(text) for text in texts)
    return DrawnChart(svg, is_complete)


def _fit_chart(chart: dict[str, Any]) -> dict[str, Any]:
    """For its place in a report, which has its title."""
    title = chart.pop("title", {})
    subtitle = title.get("subtitle") if isinstance(title, dict) else None
    if subtitle:
        chart["title"] = {"text": "", "subtitle": subtitle, "anchor": "start"}
    if chart.get("width") == "container":
        chart["width"] = WIDTH
        chart["autosize"] = {"type": "fit-x", "contains": "padding"}
    if isinstance(height := chart.get("height"), int):
        chart["height"] = min(height, MAX_HEIGHT)
    chart["config"] = {**chart.get("config", {}), **CONFIG}
    return chart
