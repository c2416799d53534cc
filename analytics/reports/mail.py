"""Renders reports as the HTML of a mail, for a phone as for a screen, in light and dark.

The colors of texts are those of the mail that it is part of; pictures have their own ground.
"""

from collections.abc import Collection
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from analytics.reports.content import (
    NO_ROWS,
    ShownChart,
    ShownColumn,
    ShownReport,
)
from analytics.reports.typesetting import measure_svg
from webapp.adapters.analytics.port import ReportFormat

MAX_ROWS = 15


@cache
def _get_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("analytics.reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _style_cell
    environment.filters["width"] = _measure_width
    return environment


def render_html(report: ShownReport, formats: Collection[ReportFormat]) -> str:
    template = _get_environment().get_template("mail.html")
    return template.render(
        report=report, max_rows=MAX_ROWS, no_rows=NO_ROWS, formats=formats
    )


def _style_cell(column: ShownColumn) -> str:
    """Of a name, that may break anywhere, or of a figure, that does not break."""
    if column.is_number:
        return (
            "padding:6px 0 6px 10px;text-align:right;vertical-align:top;white-space:nowrap;"
            "font-variant-numeric:tabular-nums"
        )
    return (
        "padding:6px 10px 6px 0;text-align:left;vertical-align:top;min-width:84px;"
        "overflow-wrap:anywhere"
    )


def _measure_width(chart: ShownChart) -> int:
    return round(measure_svg(chart.drawn.svg)[0])
