"""Draws the charts of tables: as SVG for print, as PNG for mail.

V8 runs Vega-Lite, so this belongs in a process of its own. It reads nothing from anywhere: the
rows are part of the specification, and the fonts are those of `fonts`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from html import unescape
from typing import Any

import vl_convert

from analytics.reports.content import PARTIAL_MARK, DrawnChart
from analytics.reports.figures import clean_text
from analytics.reports.fonts import FONT_DIRS, replace_distinct
from analytics.reports.tables import ReportTable
from webapp.insights.query.periods import Period
from webapp.insights.query.results import ResultRow
from webapp.insights.query.vega_lite import with_rows

HOUR = Period.HOUR.value
WIDTH = 480
"""In all: text can still be read where a phone shows it smaller."""
MAX_HEIGHT = 240
TEXT = {"labelFontSize": 12, "titleFontSize": 12}
CONFIG: Mapping[str, Any] = {
    "font": "Noto Sans",
    "axis": TEXT,
    "legend": TEXT,
}
SUBTITLE: Mapping[str, Any] = {"fontSize": 12, "fontWeight": "normal"}
SVG_TEXT = re.compile(r">([^<>]+)<")
CUT = "…"


@cache
def _register_fonts() -> None:
    for folder in FONT_DIRS:
        vl_convert.register_font_directory(str(folder))


def draw_chart(table: ReportTable) -> DrawnChart | None:
    if table.chart is None:
        return None
    _register_fonts()
    texts = _collect_texts(table.rows)
    shown = {name: replace_distinct(sorted(each)) for name, each in texts.items()}
    replaced = [
        label
        for labels in shown.values()
        for text, label in labels.items()
        if label != clean_text(text)
    ]
    if HOUR in shown:
        shown[HOUR] = name_hours(shown[HOUR])
    for labels in shown.values():
        for text in labels.keys() & set(table.partial_periods):
            labels[text] += PARTIAL_MARK
    rows = [
        {
            name: shown[name][value] if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in table.rows
    ]
    chart = _fit_chart(dict(table.chart))
    svg = vl_convert.vegalite_to_svg(with_rows(chart, rows), allowed_base_urls=[])
    return DrawnChart(svg, not _has_any(svg, replaced))


def _collect_texts(rows: Sequence[ResultRow]) -> dict[str, set[str]]:
    """By column."""
    texts: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str):
                texts.setdefault(name, set()).add(value)
    return texts


def name_hours(hours: Collection[str]) -> dict[str, str]:
    """What is written on an axis for hours as results have them: `14:00`; with the day, and how far
    from UTC its clock is, only where these differ: `2026-11-30 14:00`."""
    parts = {hour: (hour[:10], hour[11:16], hour[16:]) for hour in hours}
    has_days = len({day for day, _, _ in parts.values()}) > 1
    has_offsets = len({offset for _, _, offset in parts.values()}) > 1
    return {
        hour: f"{day} " * has_days + time + f" ({offset})" * has_offsets
        for hour, (day, time, offset) in parts.items()
    }


def _has_any(svg: str, texts: Sequence[str]) -> bool:
    """Whether one of these is drawn, as far as its first bracket; long ones are cut."""
    drawn = [unescape(each) for each in SVG_TEXT.findall(svg)]
    return any(
        "[" in each and text.startswith(each.rstrip(CUT))
        for each in drawn
        for text in texts
    )


def _fit_chart(chart: dict[str, Any]) -> dict[str, Any]:
    """For its place in a report, which has its title."""
    title = chart.pop("title", {})
    subtitle = title.get("subtitle") if isinstance(title, dict) else None
    if subtitle:
        # A subtitle without a title is not drawn.
        chart["title"] = {"text": subtitle, "anchor": "start", **SUBTITLE}
    if chart.get("width") == "container":
        chart["width"] = WIDTH
        chart["autosize"] = {"type": "fit-x", "contains": "padding"}
    if isinstance(height := chart.get("height"), int):
        chart["height"] = min(height, MAX_HEIGHT)
    chart["config"] = {**chart.get("config", {}), **CONFIG}
    return chart
