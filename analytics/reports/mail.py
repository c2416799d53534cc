"""Renders reports as the HTML of a mail, for a phone as for a screen, in light and dark.

The colors of texts are those of the mail that it is part of; pictures have their own ground.
"""

from collections.abc import Collection
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analytics.reports.content import (
    NO_ROWS,
    ShownChart,
    ShownReport,
    ShownTable,
)
from analytics.reports.mail_tables import MailCell, MailTable, lay_out_table
from analytics.reports.row_order import MAX_MAILED
from analytics.reports.typesetting import measure_svg
from webapp.adapters.analytics.port import ReportFormat


@cache
def _get_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("analytics.reports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _describe_cell
    environment.filters["lay_out"] = _lay_out_table
    environment.filters["width"] = _measure_width
    return environment


def render_html(report: ShownReport, formats: Collection[ReportFormat]) -> str:
    template = _get_environment().get_template("mail.html")
    return template.render(
        report=report, max_rows=MAX_MAILED, no_rows=NO_ROWS, formats=formats
    )


def _lay_out_table(table: ShownTable) -> MailTable:
    return lay_out_table(table, max_rows=MAX_MAILED)


def _describe_cell(cell: MailCell) -> Markup:
    """Attributes: of a figure, which does not break. They are short, as mail programs cut a mail
    of more than 100 kB."""
    nowrap = " nowrap" if cell.is_unbroken else ""
    return Markup(f' align="right"{nowrap}')  # noqa: S704


def _measure_width(chart: ShownChart) -> int:
    return round(measure_svg(chart.drawn.svg)[0])
