"""Typesets reports as PDF, and pictures of charts as PNG, by Typst.

What is typeset is data, given as JSON: no text of a report becomes markup.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import typst

from analytics.reports.content import (
    NO_ROWS,
    ShownChart,
    ShownReport,
    ShownSection,
    ShownTable,
)
from analytics.reports.fonts import FAMILIES, FONT_DIRS, replace_missing
from webapp.adapters.analytics.port import ReportFormat

REPLACED = (
    "In brackets are characters that this file has no font for; the mail has them as they"
    " are."
)
PICTURE = b"""
#set document(date: none)
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""
PICTURE_PPI = 192
"""Two pixels for each of the picture (96 an inch), as screens of phones have."""
SVG_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"')
CHART_SCALE, MAX_CHART_HEIGHT = 0.75, 600.0
"""Points a pixel, and those that a page has room for."""
FONT_SIZE, MIN_FONT_SIZE = 8.5, 5.0
LINE_CHARS, GAP_CHARS = 98, 1.7
"""Of a line at the usual size, and of the room between two columns."""
BOLD_FACTOR = 1.15
MIN_CHARS, MAX_CHARS = 7, 36
"""Of a column."""
UNBROKEN = re.compile(r"\S{18,}")
BREAK = "\u200b"


@cache
def _open_compiler() -> typst.Compiler:
    return typst.Compiler(
        font_paths=[str(folder) for folder in FONT_DIRS], ignore_system_fonts=True
    )


def draw_png(svg: str) -> bytes:
    return _compile_template(PICTURE, "png", {"svg": svg}, ppi=PICTURE_PPI)


def measure_svg(svg: str) -> tuple[float, float]:
    """Its width and height."""
    found = SVG_SIZE.match(svg)
    if found is None:
        msg = "the picture has no size"
        raise ValueError(msg)
    return float(found[1]), float(found[2])


def typeset_pdf(report: ShownReport, formats: Collection[ReportFormat]) -> bytes:
    content = _describe_report(report, formats)
    template = (files(__package__) / "report.typ").read_bytes()
    return _compile_template(template, "pdf", {"report": json.dumps(content)})


def _compile_template(
    template: bytes,
    output: Literal["pdf", "png"],
    inputs: dict[str, str],
    ppi: float | None = None,
) -> bytes:
    made = _open_compiler().compile(template, format=output, sys_inputs=inputs, ppi=ppi)
    return made if isinstance(made, bytes) else b"".join(made or [])


def _describe_report(
    report: ShownReport, formats: Collection[ReportFormat]
) -> dict[str, Any]:
    sections = [_describe_section(each, formats) for each in report.sections]
    content: dict[str, Any] = {
        "title": report.title,
        "period": report.period,
        "late": report.late,
        "notes": report.notes,
        "footer": f"{report.title}, {report.period}",
        "sections": sections,
    }
    shown = _map_texts(content, replace_missing)
    is_replaced = shown != _map_texts(content, str)
    return {
        **_map_texts(shown, _break_words),
        "fonts": FAMILIES,
        "replaced": REPLACED if is_replaced else None,
    }


def _describe_section(
    section: ShownSection, formats: Collection[ReportFormat]
) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "title": section.title,
        "problem": section.problem,
        "method": section.method,
        "findings": section.findings,
        "tables": [_describe_table(each, formats) for each in section.tables],
        "notes": section.notes,
        "receipt": section.receipt,
    }


def _describe_table(
    table: ShownTable, formats: Collection[ReportFormat]
) -> dict[str, Any]:
    totals = table.list_totals(len(table.rows))
    widths = _measure_columns(table, totals)
    needed = sum(widths) + GAP_CHARS * len(widths)
    return {
        "title": table.title,
        "columns": [
            {"label": column.label, "isNumber": column.is_number, "width": width}
            for column, width in zip(table.columns, widths, strict=True)
        ],
        "rows": table.rows,
        "empty": NO_ROWS,
        "total": totals,
        "size": max(MIN_FONT_SIZE, FONT_SIZE * min(1, LINE_CHARS / needed)),
        "rest": table.describe_rest(len(table.rows), formats),
        "chart": table.chart and _describe_chart(table.chart),
    }


def _describe_chart(chart: ShownChart) -> dict[str, Any]:
    width, height = measure_svg(chart.drawn.svg)
    scale = min(CHART_SCALE, MAX_CHART_HEIGHT / height)
    return {
        "svg": chart.drawn.svg,
        "alt": chart.alt,
        "note": chart.note,
        "width": width * scale,
    }


def _measure_columns(table: ShownTable, totals: Sequence[str]) -> Sequence[float]:
    """In characters: of the cells, and of the words of the header."""
    widths: list[float] = []
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        bold = [*column.label.split(), *totals[place : place + 1]]
        needed = max(
            *map(len, cells or [""]), *(len(text) * BOLD_FACTOR for text in bold)
        )
        limit = needed if column.is_number else min(needed, MAX_CHARS)
        widths.append(max(MIN_CHARS, limit))
    return widths


def _map_texts(value: Any, convert: Callable[[str], str], *, name: str = "") -> Any:
    """All texts that are typeset, converted."""
    if isinstance(value, Mapping):
        return {key: _map_texts(each, convert, name=key) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_map_texts(each, convert, name=name) for each in value]
    is_typeset = isinstance(value, str) and name not in {"svg", "alt"}
    return convert(value) if is_typeset else value


def _break_words(text: str) -> str:
    """With places where a long word may go on in the next line."""
    return UNBROKEN.sub(lambda word: BREAK.join(word[0]), text)
